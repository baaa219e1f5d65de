using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Socks5Egress.Exec.Names;

/// <summary>
/// Answers of the name stub (RFC 1035 section 4): an address for A and AAAA, an answer without records for every other type. Pure but for
/// the names it gives addresses to; nothing outside is asked.
/// </summary>
/// <param name="names">The addresses.</param>
/// <param name="ownName">This machine's name, which is loopback; empty for none.</param>
internal sealed class StubAnswer(SyntheticNames names, string ownName)
{
    /// <summary>Room for an answer: the question, one record, and the OPT record.</summary>
    public const int MaxLength = 512;

    private const int HeaderLength = 12, LongestName = 253;
    private const ushort Internet = 1, TypeA = 1, TypeAaaa = 28;
    private const int NoError = 0, FormatError = 1, ServerFailure = 2, NameError = 3, NotImplemented = 4;

    /// <summary>Writes the answer to a message.</summary>
    /// <returns>Its length; 0 for what is no question and gets no answer.</returns>
    public int Write(ReadOnlySpan<byte> question, Span<byte> answer)
    {
        if (question.Length < HeaderLength || (question[2] & 0x80) != 0) return 0;
        question[..HeaderLength].CopyTo(answer);
        answer[4..HeaderLength].Clear();
        // An answer, recursion available; opcode and "recursion desired" as they were
        answer[2] = (byte)(0x80 | (question[2] & 0x79));
        answer[3] = 0x80;
        if ((question[2] & 0x78) != 0) return End(answer, HeaderLength, NotImplemented);
        if (BinaryPrimitives.ReadUInt16BigEndian(question[4..]) != 1) return End(answer, HeaderLength, FormatError);
        var end = ReadName(question, out var name);
        if (end < 0 || end + 4 > question.Length) return End(answer, HeaderLength, FormatError);

        var type = BinaryPrimitives.ReadUInt16BigEndian(question[end..]);
        var kind = BinaryPrimitives.ReadUInt16BigEndian(question[(end + 2)..]);
        question[HeaderLength..(end + 4)].CopyTo(answer[HeaderLength..]);
        answer[5] = 1;
        var length = end + 4;
        var code = name is null ? NameError : kind != Internet ? NotImplemented : NoError;
        if (code == NoError && type is TypeA or TypeAaaa && name!.Length > 0)
        {
            if (AddressOf(name, type) is { } address) length = WriteRecord(answer, length, type, address);
            else code = ServerFailure;
        }

        // Whoever asks with EDNS (RFC 6891) is answered with it
        if (BinaryPrimitives.ReadUInt16BigEndian(question[10..]) > 0) length = WriteOptions(answer, length);
        return End(answer, length, code);
    }

    private IPAddress? AddressOf(string name, ushort type)
    {
        // RFC 6761 section 6.3
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals(ownName, StringComparison.OrdinalIgnoreCase))
            return type == TypeA ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        if (!names.TryAssign(name, out var v4, out var v6)) return null;
        return type == TypeA ? v4 : v6;
    }

    private static int End(Span<byte> answer, int length, int code)
    {
        answer[3] = (byte)(answer[3] & 0xf0 | code);
        return length;
    }

    /// <returns>The position behind the name, or -1. The name is null when it cannot be a host's; empty for the root.</returns>
    private static int ReadName(ReadOnlySpan<byte> message, out string? name)
    {
        var text = new StringBuilder();
        var isLegal = true;
        name = null;
        var at = HeaderLength;
        while (true)
        {
            if (at >= message.Length) return -1;
            int length = message[at++];
            if (length == 0) break;
            // A pointer has no place in a question: there is nothing before it to point to
            if (length > 63 || at + length > message.Length) return -1;
            if (text.Length > 0) text.Append('.');
            foreach (var c in message.Slice(at, length))
            {
                isLegal &= char.IsAsciiLetterOrDigit((char)c) || c is (byte)'-' or (byte)'_';
                text.Append((char)c);
            }

            at += length;
            if (text.Length > LongestName) return -1;
        }

        if (isLegal) name = text.ToString();
        return at;
    }

    private static int WriteRecord(Span<byte> answer, int at, ushort type, IPAddress address)
    {
        // The name is the question's: a pointer to it (RFC 1035 section 4.1.4)
        BinaryPrimitives.WriteUInt16BigEndian(answer[at..], 0xc000 | HeaderLength);
        BinaryPrimitives.WriteUInt16BigEndian(answer[(at + 2)..], type);
        BinaryPrimitives.WriteUInt16BigEndian(answer[(at + 4)..], Internet);
        BinaryPrimitives.WriteInt32BigEndian(answer[(at + 6)..], SyntheticNames.TimeToLive);
        address.TryWriteBytes(answer[(at + 12)..], out var length);
        BinaryPrimitives.WriteUInt16BigEndian(answer[(at + 10)..], (ushort)length);
        answer[7] = 1;
        return at + 12 + length;
    }

    private static int WriteOptions(Span<byte> answer, int at)
    {
        ReadOnlySpan<byte> options = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
        options.CopyTo(answer[at..]);
        answer[11] = 1;
        return at + options.Length;
    }
}
