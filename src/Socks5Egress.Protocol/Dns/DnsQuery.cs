using System.Buffers.Binary;

namespace Socks5Egress.Protocol.Dns;

/// <summary>
/// One question to a name server (RFC 1035 section 4.1), with recursion desired, and whether a message answers it.
/// <code>
/// +----+-------+---------+---------+---------+---------+=======+-------+-------+=======+
/// | ID | flags | QDCOUNT | ANCOUNT | NSCOUNT | ARCOUNT | QNAME | QTYPE | CLASS | (OPT) |
/// +----+-------+---------+---------+---------+---------+=======+-------+-------+=======+
/// | 2  |   2   |    1    |    0    |    0    |  0 / 1  |  var. |   2   |   2   |  11   |
/// +----+-------+---------+---------+---------+---------+=======+-------+-------+=======+
/// </code>
/// </summary>
internal sealed class DnsQuery
{
    /// <summary>The length of a header, in bytes.</summary>
    public const int HeaderLength = 12;

    /// <summary>The longest query, in bytes.</summary>
    public const int MaxLength = HeaderLength + DnsName.MaxLength + 4 + OptLength;

    /// <summary>What a datagram may hold so that it crosses every network in one piece (DNS flag day 2020), in bytes.</summary>
    public const int DatagramLength = 1232;

    private const int OptLength = 11;
    private const ushort ClassInternet = 1;

    private readonly byte[] _question;

    private DnsQuery(byte[] question, DnsType type) => (_question, Type) = (question, type);

    /// <summary>The type of record asked for.</summary>
    public DnsType Type { get; }

    /// <summary>The name asked for, as it stands on the wire, in lower case.</summary>
    internal ReadOnlySpan<byte> Name => _question.AsSpan(0, _question.Length - 4);

    /// <summary>The question about a name.</summary>
    /// <param name="name">In ASCII, with or without a dot at its end. It is absolute in any case.</param>
    /// <param name="type">The type of record.</param>
    /// <returns>Null when the text is no domain name: a label that is empty or longer than 63 bytes, or more than 253 bytes in all.</returns>
    public static DnsQuery? Of(string name, DnsType type)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        var length = DnsName.Write(name.ToLowerInvariant(), wire);
        if (length == 0) return null;
        var question = new byte[length + 4];
        wire[..length].CopyTo(question);
        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(length), (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(length + 2), ClassInternet);
        return new DnsQuery(question, type);
    }

    /// <summary>Writes the query.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="id">Not to be guessed (RFC 5452 section 9.2).</param>
    /// <param name="edns">With EDNS (RFC 6891), so that an answer of up to <see cref="DatagramLength"/> bytes comes as one datagram.</param>
    /// <returns>The number of bytes written.</returns>
    public int Write(Span<byte> destination, ushort id, bool edns)
    {
        destination[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination, id);
        destination[2] = 0x01; // RD
        destination[5] = 1;
        _question.CopyTo(destination[HeaderLength..]);
        var end = HeaderLength + _question.Length;
        if (!edns) return end;
        destination[11] = 1;
        // The root's name, the type, the size of a datagram in place of a class, no flags, no options
        var opt = destination.Slice(end, OptLength);
        opt.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(opt[1..], (ushort)DnsType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(opt[3..], DatagramLength);
        return end + OptLength;
    }

    /// <summary>
    /// Whether a message answers this query (RFC 5452 section 9.1): a response with its ID to its question, letter case aside. From which
    /// address it came is the socket's matter. A server that fails may leave the question out (RFC 1035 is silent, servers do).
    /// </summary>
    public bool IsAnsweredBy(ReadOnlySpan<byte> message, ushort id)
    {
        if (message.Length < HeaderLength || BinaryPrimitives.ReadUInt16BigEndian(message) != id) return false;
        // QR, and the opcode of a query
        if ((message[2] & 0xF8) != 0x80) return false;
        var questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        if (questions == 0) return (message[3] & 0x0F) is not ((byte)DnsCode.NoError or (byte)DnsCode.NameError);
        var echo = message[HeaderLength..];
        if (questions != 1 || echo.Length < _question.Length) return false;
        // No label's length is a letter, so that one rule holds for all bytes of the name; type and class are compared as they are
        var name = _question.Length - 4;
        for (var i = 0; i < name; i++)
        {
            var letter = echo[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(echo[i] | 0x20) : echo[i];
            if (letter != _question[i]) return false;
        }
        return echo.Slice(name, 4).SequenceEqual(_question.AsSpan(name));
    }
}
