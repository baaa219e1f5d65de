using System.Buffers;
using System.Net;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// The server's answer to a <see cref="Request"/> (RFC 1928 section 6).
/// <code>
/// +-----+-----+-----+------+----------+------+
/// | VER | REP | RSV | ATYP | BND.ADDR | PORT |
/// +-----+-----+-----+------+----------+------+
/// | 05  |  1  | 00  |  1   | Variable |  2   |
/// +-----+-----+-----+------+----------+------+
/// </code>
/// </summary>
internal readonly struct Reply
{
    private readonly AddressField _bound;

    private Reply(ReplyCode code, AddressField bound)
    {
        Code = code;
        _bound = bound;
    }

    /// <summary>The longest reply that <see cref="Write"/> makes (it never names a host), in bytes.</summary>
    public const int MaxWrittenLength = 3 + 1 + 16 + 2;

    /// <summary>The longest reply that <see cref="Read"/> takes, in bytes.</summary>
    public const int MaxLength = 3 + AddressField.MaxLength;

    /// <summary>How it went; any byte value.</summary>
    public ReplyCode Code { get; }

    /// <summary>The server's end of the new connection (this allocates). After a failure it means nothing.</summary>
    public Destination ToBound() => _bound.ToDestination();

    /// <summary>Reads the reply of a server, with the faults of <see cref="Request.Read"/>.</summary>
    public static Parsed<Reply> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var version)) return Parsed<Reply>.NeedMore;
        if (version != Socks5Version.Value) return Parsed<Reply>.Invalid(ParseFault.Version);
        if (!reader.TryRead(out var code) || !reader.TryRead(out _)) return Parsed<Reply>.NeedMore;

        return AddressField.Read(ref reader, out var bound, out var fault) switch
        {
            ParseStatus.Done => Parsed<Reply>.Done(new Reply((ReplyCode)code, bound), reader.Position),
            ParseStatus.Invalid => Parsed<Reply>.Invalid(fault),
            _ => Parsed<Reply>.NeedMore,
        };
    }

    /// <summary>Writes the reply of a server.</summary>
    /// <param name="destination">At least <see cref="MaxWrittenLength"/> bytes.</param>
    /// <param name="code">How it went.</param>
    /// <param name="bound">
    /// The local end of the outgoing connection, an IPv4-mapped address as IPv4; null is 0.0.0.0:0, for failures.
    /// </param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, ReplyCode code, IPEndPoint? bound)
    {
        destination[0] = Socks5Version.Value;
        destination[1] = (byte)code;
        destination[2] = 0;
        return 3 + AddressField.Write(destination[3..], bound?.Address ?? IPAddress.Any, bound?.Port ?? 0);
    }
}
