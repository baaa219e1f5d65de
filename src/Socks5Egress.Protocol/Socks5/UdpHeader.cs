using System.Buffers;
using System.Net;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// What stands in front of every datagram between client and relay (RFC 1928 section 7).
/// <code>
/// +------+------+------+----------+----------+----------+
/// | RSV  | FRAG | ATYP | DST.ADDR | DST.PORT |   DATA   |
/// +------+------+------+----------+----------+----------+
/// | 0000 |  1   |  1   | Variable |    2     | Variable |
/// +------+------+------+----------+----------+----------+
/// </code>
/// From the client it names where the data goes, to the client where it comes from. A datagram has no rest that could still come:
/// <see cref="ParseStatus.NeedMore"/> means that it is too short.
/// </summary>
internal readonly struct UdpHeader
{
    private readonly AddressField _address;

    private UdpHeader(byte fragment, AddressField address)
    {
        Fragment = fragment;
        _address = address;
    }

    /// <summary>The longest header that <see cref="Write"/> makes (it never names a host), in bytes.</summary>
    public const int MaxWrittenLength = 3 + 1 + 16 + 2;

    /// <summary>The longest header that <see cref="Read"/> takes, in bytes.</summary>
    public const int MaxLength = 3 + AddressField.MaxLength;

    /// <summary>0 for a whole datagram, else the number of a fragment, with the highest bit on the last one.</summary>
    public byte Fragment { get; }

    /// <summary>The form of the address; one of the three that exist.</summary>
    public AddressType AddressType => _address.Type;

    /// <summary>The address or name, and the port (this allocates).</summary>
    public Destination ToDestination() => _address.ToDestination();

    /// <summary>
    /// Reads the header of a datagram: <see cref="ParseFault.Syntax"/> when RSV is not 0000, else the faults of the address. The data begins
    /// at the position consumed.
    /// </summary>
    public static Parsed<UdpHeader> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        for (var i = 0; i < 2; i++)
        {
            if (!reader.TryRead(out var reserved)) return Parsed<UdpHeader>.NeedMore;
            if (reserved != 0) return Parsed<UdpHeader>.Invalid(ParseFault.Syntax);
        }

        if (!reader.TryRead(out var fragment)) return Parsed<UdpHeader>.NeedMore;
        return AddressField.Read(ref reader, out var address, out var fault) switch
        {
            ParseStatus.Done => Parsed<UdpHeader>.Done(new UdpHeader(fragment, address), reader.Position),
            ParseStatus.Invalid => Parsed<UdpHeader>.Invalid(fault),
            _ => Parsed<UdpHeader>.NeedMore,
        };
    }

    /// <summary>Writes the header of a whole datagram.</summary>
    /// <param name="destination">At least <see cref="MaxWrittenLength"/> bytes.</param>
    /// <param name="source">Where the data comes from, an IPv4-mapped address as IPv4.</param>
    /// <returns>The number of bytes written: 10 or 22.</returns>
    public static int Write(Span<byte> destination, IPEndPoint source)
    {
        destination[..3].Clear();
        return 3 + AddressField.Write(destination[3..], source.Address, source.Port);
    }

    /// <summary>The number of bytes that <see cref="Write"/> takes for an address, which must not be IPv4-mapped.</summary>
    public static int LengthFor(IPAddress source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 3 + 1 + 4 + 2 : MaxWrittenLength;
    }
}
