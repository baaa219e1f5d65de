using System.Text;

namespace Socks5Egress.Protocol.Dns;

/// <summary>
/// Domain names on the wire (RFC 1035 sections 3.1 and 4.1.4): labels behind their lengths, a zero at the end, and pointers back to what
/// the message has said before.
/// </summary>
internal static class DnsName
{
    /// <summary>The longest name on the wire, in bytes, the zero at its end included.</summary>
    public const int MaxLength = 255;

    private const int MaxLabelLength = 63;

    /// <summary>Writes a name without compression.</summary>
    /// <param name="name">In ASCII, with or without a dot at its end.</param>
    /// <param name="wire">Room for <see cref="MaxLength"/> bytes.</param>
    /// <returns>The number of bytes written; 0 when the text is no name.</returns>
    public static int Write(ReadOnlySpan<char> name, Span<byte> wire)
    {
        if (name.EndsWith('.')) name = name[..^1];
        if (name.IsEmpty || name.Length > MaxLength - 2) return 0;
        var at = 0;
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.IsEmpty || label.Length > MaxLabelLength || !Ascii.IsValid(label)) return 0;
            wire[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, wire[at..]);
        }
        wire[at++] = 0;
        return at;
    }

    /// <summary>Reads a name and follows its pointers; each must point before the place where it was found, so that there is an end.</summary>
    /// <param name="message">The whole message from its header on, as far as it has come.</param>
    /// <param name="at">Where the name begins; behind it when it was read.</param>
    /// <param name="wire">Takes the name without compression, in lower case: <see cref="MaxLength"/> bytes.</param>
    /// <param name="length">The bytes taken.</param>
    public static ParseStatus Read(ReadOnlySpan<byte> message, ref int at, Span<byte> wire, out int length)
    {
        length = 0;
        var (from, limit, behind) = (at, at, -1);
        while (true)
        {
            if (from >= message.Length) return ParseStatus.NeedMore;
            int count = message[from];
            if ((count & 0xC0) == 0xC0)
            {
                if (from + 1 >= message.Length) return ParseStatus.NeedMore;
                if (behind < 0) behind = from + 2;
                from = ((count & 0x3F) << 8) | message[from + 1];
                // Strictly backward each time: no loop, and what it points to has been received
                if (from >= limit) return ParseStatus.Invalid;
                limit = from;
                continue;
            }
            if (count > MaxLabelLength || length + 1 + count + (count == 0 ? 0 : 1) > MaxLength) return ParseStatus.Invalid;
            if (from + 1 + count > message.Length) return ParseStatus.NeedMore;
            wire[length] = (byte)count;
            LowerBytes(message.Slice(from + 1, count), wire[(length + 1)..]);
            length += 1 + count;
            from += 1 + count;
            if (count != 0) continue;
            at = behind < 0 ? from : behind;
            return ParseStatus.Done;
        }
    }

    private static void LowerBytes(ReadOnlySpan<byte> label, Span<byte> lower)
    {
        for (var i = 0; i < label.Length; i++) lower[i] = label[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(label[i] | 0x20) : label[i];
    }
}
