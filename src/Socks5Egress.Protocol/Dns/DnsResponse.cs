using System.Buffers;
using System.Buffers.Binary;

namespace Socks5Egress.Protocol.Dns;

/// <summary>
/// The answer to one question (RFC 1035 section 4.1): its code, and how many records each section has. Reading has walked
/// all of them, so that <see cref="DnsRecords"/> can take what it wants without looking at lengths again. A datagram has no rest that could
/// still come: <see cref="ParseStatus.NeedMore"/> means that it is too short.
/// </summary>
/// <param name="Code">What the server says.</param>
/// <param name="IsTruncated">The answer did not fit into the datagram: ask again over TCP. What there is of it is not looked at.</param>
/// <param name="Answers">Records of the answer section.</param>
/// <param name="Authorities">Records of the authority section.</param>
/// <param name="Start">Where the answer section begins, in bytes from the header on.</param>
internal readonly record struct DnsResponse(DnsCode Code, bool IsTruncated, int Answers, int Authorities, int Start)
{
    private const byte Truncated = 0x02;

    /// <summary>
    /// Reads a response. <see cref="ParseFault.Syntax"/>: no response, more than one question, a name that is none;
    /// <see cref="ParseFault.Length"/>: data that is not as long as its record says. Which query it answers is not looked at.
    /// </summary>
    /// <param name="buffer">The message from its header on.</param>
    public static Parsed<DnsResponse> Read(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment) return Read(buffer, buffer.FirstSpan);
        var length = (int)Math.Min(buffer.Length, ushort.MaxValue);
        var joined = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        buffer.Slice(0, length).CopyTo(joined);
        var parsed = Read(buffer, joined.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(joined);
        return parsed;
    }

    private static Parsed<DnsResponse> Read(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> message)
    {
        if (message.Length > ushort.MaxValue) message = message[..ushort.MaxValue];
        if (message.Length < 3) return Parsed<DnsResponse>.NeedMore;
        if ((message[2] & 0xF8) != 0x80) return Parsed<DnsResponse>.Invalid(ParseFault.Syntax);
        if (message.Length < 6) return Parsed<DnsResponse>.NeedMore;
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        if (questions > 1) return Parsed<DnsResponse>.Invalid(ParseFault.Syntax);
        if (message.Length < DnsQuery.HeaderLength) return Parsed<DnsResponse>.NeedMore;

        int answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]), authorities = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int records = answers + authorities + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        var at = DnsQuery.HeaderLength;
        Span<byte> name = stackalloc byte[DnsName.MaxLength];
        if (questions == 1)
        {
            var status = DnsName.Read(message, ref at, name, out _);
            if (status == ParseStatus.Invalid) return Parsed<DnsResponse>.Invalid(ParseFault.Syntax);
            if (status == ParseStatus.NeedMore || (at += 4) > message.Length) return Parsed<DnsResponse>.NeedMore;
        }
        var start = at;
        if ((message[2] & Truncated) != 0)
            return Parsed<DnsResponse>.Done(new DnsResponse((DnsCode)(message[3] & 0x0F), true, 0, 0, start), buffer.GetPosition(at));
        for (var i = 0; i < records; i++)
        {
            switch (DnsRecord.Read(message, ref at, name, out _, out _, out var fault))
            {
                case ParseStatus.NeedMore: return Parsed<DnsResponse>.NeedMore;
                case ParseStatus.Invalid: return Parsed<DnsResponse>.Invalid(fault);
            }
        }
        var value = new DnsResponse((DnsCode)(message[3] & 0x0F), false, answers, authorities, start);
        return Parsed<DnsResponse>.Done(value, buffer.GetPosition(at));
    }
}
