using System.Buffers;
using System.Buffers.Binary;
using System.Net;

namespace Socks5Egress.Protocol.ProxyProtocol;

/// <summary>
/// What a PROXY protocol header says (HAProxy's proxy-protocol.txt): which connection a proxy in front passes on. It stands
/// before the first byte of the client. It is believed only where an option says that such a proxy is there, since
/// any client can write one.
/// </summary>
internal readonly struct ProxyHeader
{
    // IPv4 in the mapped form: one width for both, and the canonical form unwraps it
    private readonly UInt128 _source, _destination;
    private readonly ushort _sourcePort, _destinationPort;
    private readonly bool _namesEndPoints;

    /// <summary>The longest header of either version that is read, in bytes.</summary>
    public const int MaxLength = ProxyHeaderV2.MaxLength;

    internal ProxyHeader(UInt128 source, ushort sourcePort, UInt128 destination, ushort destinationPort)
    {
        _source = source;
        _sourcePort = sourcePort;
        _destination = destination;
        _destinationPort = destinationPort;
        _namesEndPoints = true;
    }

    /// <summary>
    /// The client, or null when the header names nobody (LOCAL, UNKNOWN, UNSPEC): then the connection's own peer is the
    /// client. The address is canonical. Allocates.
    /// </summary>
    public IPEndPoint? ToSource() => _namesEndPoints ? EndPoint(_source, _sourcePort) : null;

    /// <summary>Where the client connected to, or null like <see cref="ToSource"/>. Allocates.</summary>
    public IPEndPoint? ToDestination() => _namesEndPoints ? EndPoint(_destination, _destinationPort) : null;

    /// <summary>
    /// Reads a header of version 1 or 2, as the first byte says; <see cref="ParseFault.Syntax"/> at once when that is neither's.
    /// </summary>
    public static Parsed<ProxyHeader> Read(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty) return Parsed<ProxyHeader>.NeedMore;
        var reader = new SequenceReader<byte>(buffer);
        reader.TryPeek(out var first);
        return first == ProxyHeaderV1.Start[0] ? ProxyHeaderV1.Read(buffer) : ProxyHeaderV2.Read(buffer);
    }

    /// <summary>4 or 16 bytes in network order as the 128 bits kept here.</summary>
    internal static UInt128 ToBits(ReadOnlySpan<byte> address) =>
        address.Length == 4
            ? new UInt128(0, 0xFFFF_0000_0000UL | BinaryPrimitives.ReadUInt32BigEndian(address))
            : BinaryPrimitives.ReadUInt128BigEndian(address);

    /// <summary>Two end points in the one family that can hold both: a header has room for one family only.</summary>
    internal static (IPAddress Source, IPAddress Destination) InOneFamily(IPAddress source, IPAddress destination)
    {
        (source, destination) = (AddressLiteral.Canonical(source), AddressLiteral.Canonical(destination));
        return source.AddressFamily == destination.AddressFamily
            ? (source, destination)
            : (source.MapToIPv6(), destination.MapToIPv6());
    }

    private static IPEndPoint EndPoint(UInt128 address, ushort port)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPEndPoint(AddressLiteral.FromBytes(bytes), port);
    }
}
