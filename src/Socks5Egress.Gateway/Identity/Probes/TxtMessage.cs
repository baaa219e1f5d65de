using System.Buffers.Binary;
using System.Text;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>
/// One DNS question for a TXT record and its answer over TCP (RFC 1035 sections 4.1 and 4.2.2; RFC 7766), as much of it as asking a server
/// for one's own address takes.
/// </summary>
internal static class TxtMessage
{
    private const int HeaderBytes = 12;
    private const ushort TypeTxt = 16;
    private const ushort ClassInternet = 1;

    /// <summary>The question behind its two bytes of length.</summary>
    public static byte[] Ask(ushort id, string name)
    {
        var labels = name.TrimEnd('.').Split('.');
        var message = new byte[2 + HeaderBytes + labels.Sum(label => label.Length + 1) + 1 + 4];
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)(message.Length - 2));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), id);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), 1);
        int at = 2 + HeaderBytes;
        foreach (var label in labels)
        {
            message[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, message.AsSpan(at));
        }

        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at + 1), TypeTxt);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at + 3), ClassInternet);
        return message;
    }

    /// <returns>The texts of all TXT answers with blanks between; null when it is no answer to this question.</returns>
    public static string? Read(ReadOnlySpan<byte> message, ushort id)
    {
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(message) != id || (message[2] & 0x80) == 0 || (message[3] & 0x0F) != 0) return null;
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]), answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        int at = HeaderBytes;
        for (int i = 0; i < questions; i++)
        {
            if (!SkipName(message, ref at)) return null;
            at += 4;
        }

        var text = new StringBuilder();
        for (int i = 0; i < answers; i++)
        {
            if (!SkipName(message, ref at) || at + 10 > message.Length) return null;
            var type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            at += 10;
            if (at + length > message.Length) return null;
            if (type == TypeTxt) Append(text, message.Slice(at, length));
            at += length;
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> strings)
    {
        while (!strings.IsEmpty && strings.Length > strings[0])
        {
            text.Append(Encoding.Latin1.GetString(strings.Slice(1, strings[0]))).Append(' ');
            strings = strings[(strings[0] + 1)..];
        }
    }

    private static bool SkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (at < message.Length)
        {
            int length = message[at];
            if (length == 0) return ++at <= message.Length;
            // Section 4.1.4: a pointer ends the name
            if (length >= 0xC0) return (at += 2) <= message.Length;
            at += length + 1;
        }

        return false;
    }
}
