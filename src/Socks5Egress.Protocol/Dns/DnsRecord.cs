using System.Buffers.Binary;

namespace Socks5Egress.Protocol.Dns;

/// <summary>
/// One resource record (RFC 1035 section 4.1.3), as places within its message.
/// <code>
/// +======+------+-------+-----+----------+=======+
/// | NAME | TYPE | CLASS | TTL | RDLENGTH | RDATA |
/// +======+------+-------+-----+----------+=======+
/// | var. |  2   |   2   |  4  |    2     | var.  |
/// +======+------+-------+-----+----------+=======+
/// </code>
/// </summary>
internal readonly struct DnsRecord
{
    private const int FixedLength = 10;
    private const ushort ClassInternet = 1;

    private DnsRecord(DnsType type, uint ttl, int start, int length) => (Type, Ttl, Start, Length) = (type, ttl, start, length);

    /// <summary>Its type; 0 for one of another class, which means nothing here.</summary>
    public DnsType Type { get; }

    /// <summary>How long it holds, in seconds. One with the highest bit set counts as 0 (RFC 2181 section 8).</summary>
    public uint Ttl { get; }

    /// <summary>Where its data begins.</summary>
    public int Start { get; }

    /// <summary>The length of its data, in bytes.</summary>
    public int Length { get; }

    /// <summary>Reads one record, and holds what is in it against its length.</summary>
    /// <param name="message">The whole message, as far as it has come.</param>
    /// <param name="at">Where the record begins; behind it when it was read.</param>
    /// <param name="owner">Takes its owner's name, in lower case.</param>
    /// <param name="ownerLength">The bytes of that.</param>
    /// <param name="record">What was read.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static ParseStatus Read(
        ReadOnlySpan<byte> message, ref int at, Span<byte> owner, out int ownerLength, out DnsRecord record, out ParseFault fault)
    {
        (record, fault) = (default, ParseFault.None);
        var status = DnsName.Read(message, ref at, owner, out ownerLength);
        if (status != ParseStatus.Done)
        {
            if (status == ParseStatus.Invalid) fault = ParseFault.Syntax;
            return status;
        }
        if (at + FixedLength > message.Length) return ParseStatus.NeedMore;
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        var isInternet = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]) == ClassInternet;
        var ttl = BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
        at += FixedLength;
        record = new DnsRecord(isInternet ? type : 0, ttl > int.MaxValue ? 0 : ttl, at, length);
        if (record.FixedDataLength() is { } expected && expected != length)
        {
            fault = ParseFault.Length;
            return ParseStatus.Invalid;
        }
        if (at + length > message.Length) return ParseStatus.NeedMore;
        at += length;
        return Inner(message[..at], record, out fault);
    }

    private int? FixedDataLength() => Type switch
    {
        DnsType.A => 4,
        DnsType.Aaaa => 16,
        _ => null,
    };

    /// <summary>The names within the data end where the data ends.</summary>
    private static ParseStatus Inner(ReadOnlySpan<byte> message, in DnsRecord record, out ParseFault fault)
    {
        fault = ParseFault.None;
        var names = record.Type switch
        {
            DnsType.Cname => 1,
            DnsType.Soa => 2,
            _ => 0,
        };
        if (names == 0) return ParseStatus.Done;
        Span<byte> name = stackalloc byte[DnsName.MaxLength];
        var at = record.Start;
        for (var i = 0; i < names; i++)
        {
            // What would need more bytes than the data has is wrong, whatever follows
            if (DnsName.Read(message, ref at, name, out _) == ParseStatus.Done) continue;
            fault = ParseFault.Syntax;
            return ParseStatus.Invalid;
        }
        if (at + (record.Type == DnsType.Soa ? 20 : 0) == record.Start + record.Length) return ParseStatus.Done;
        fault = ParseFault.Length;
        return ParseStatus.Invalid;
    }
}
