using System.Buffers;
using System.Buffers.Binary;
using System.Net;

namespace Socks5Egress.Protocol.ProxyProtocol;

/// <summary>
/// The binary header (proxy-protocol.txt section 2.2).
/// <code>
/// +-------------------------------------+---------+-----+-----+-------------------------+-----------+
/// | 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A | VER CMD | FAM | LEN |  SRC DST SPORT DPORT    |   TLVs    |
/// +-------------------------------------+---------+-----+-----+-------------------------+-----------+
/// |                 12                  |    1    |  1  |  2  | 0, 12 (IPv4), 36 (IPv6) | LEN - ... |
/// +-------------------------------------+---------+-----+-----+-------------------------+-----------+
/// VER CMD: 20 LOCAL, the proxy's own connection, whatever FAM says; 21 PROXY
/// FAM:     11 TCP over IPv4, 21 TCP over IPv6, 00 unspecified
///          12, 22 UDP, 31, 32 Unix sockets: valid, and as unspecified for who does not carry them
/// </code>
/// LEN counts the bytes behind it. TLVs are skipped.
/// </summary>
internal static class ProxyHeaderV2
{
    private const int FixedLength = 16;
    private const byte Local = 0x20;
    private const byte Proxy = 0x21;
    private const byte Unspecified = 0x00;
    private const byte Tcp4 = 0x11;
    private const byte Tcp6 = 0x21;
    private const byte Udp4 = 0x12;
    private const byte Udp6 = 0x22;
    private const byte UnixStream = 0x31;
    private const byte UnixDatagram = 0x32;

    /// <summary>
    /// The longest header that is read, in bytes. LEN could say 64 KiB; proxies in use send some hundred bytes of TLVs.
    /// </summary>
    public const int MaxLength = 4096;

    /// <summary>The longest header that <see cref="Write"/> makes, in bytes.</summary>
    public const int MaxWrittenLength = FixedLength + 36;

    internal static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>
    /// Reads a header, faults at the byte they are in: <see cref="ParseFault.Syntax"/> for the signature or the command,
    /// <see cref="ParseFault.Version"/>, <see cref="ParseFault.AddressType"/> for a family that the specification does not know,
    /// <see cref="ParseFault.Length"/> when the addresses do not fit, <see cref="ParseFault.TooLarge"/> over
    /// <see cref="MaxLength"/>.
    /// </summary>
    public static Parsed<ProxyHeader> Read(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> copy = stackalloc byte[MaxWrittenLength];
        copy = copy[..(int)Math.Min(buffer.Length, MaxWrittenLength)];
        buffer.Slice(0, copy.Length).CopyTo(copy);

        var fault = Check(copy);
        if (fault != ParseFault.None) return Parsed<ProxyHeader>.Invalid(fault);
        if (copy.Length < FixedLength) return Parsed<ProxyHeader>.NeedMore;
        var length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(copy[14..]);
        if (buffer.Length < length) return Parsed<ProxyHeader>.NeedMore;

        var width = copy[12] == Local ? 0 : Width(copy[13]);
        var header = default(ProxyHeader);
        if (width > 0)
        {
            var addresses = copy[FixedLength..];
            var ports = addresses[(2 * width)..];
            header = new ProxyHeader(
                ProxyHeader.ToBits(addresses[..width]), BinaryPrimitives.ReadUInt16BigEndian(ports),
                ProxyHeader.ToBits(addresses[width..(2 * width)]), BinaryPrimitives.ReadUInt16BigEndian(ports[2..]));
        }

        return Parsed<ProxyHeader>.Done(header, buffer.GetPosition(length));
    }

    /// <summary>Writes a header without TLVs.</summary>
    /// <param name="destination">At least <see cref="MaxWrittenLength"/> bytes.</param>
    /// <param name="source">The client, or null for LOCAL: a connection of our own, such as a health check.</param>
    /// <param name="target">Where the client connected to. Of another family than the source, both are written as IPv6.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, IPEndPoint? source, IPEndPoint? target)
    {
        Signature.CopyTo(destination);
        destination[Signature.Length..FixedLength].Clear();
        destination[12] = Local;
        if (source is null || target is null) return FixedLength;

        var (from, to) = ProxyHeader.InOneFamily(source.Address, target.Address);
        var addresses = destination[FixedLength..];
        from.TryWriteBytes(addresses, out var width);
        to.TryWriteBytes(addresses[width..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(addresses[(2 * width)..], (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(addresses[((2 * width) + 2)..], (ushort)target.Port);
        destination[12] = Proxy;
        destination[13] = width == 4 ? Tcp4 : Tcp6;
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], (ushort)((2 * width) + 4));
        return FixedLength + (2 * width) + 4;
    }

    private static ParseFault Check(ReadOnlySpan<byte> start)
    {
        if (start.CommonPrefixLength(Signature) < Math.Min(start.Length, Signature.Length)) return ParseFault.Syntax;
        if (start.Length > 12 && start[12] >> 4 != 2) return ParseFault.Version;
        if (start.Length > 12 && start[12] is not (Local or Proxy)) return ParseFault.Syntax;
        if (start.Length > 13 && start[12] == Proxy && Width(start[13]) == 0 && start[13] is not (Unspecified or Udp4 or Udp6 or UnixStream or UnixDatagram))
            return ParseFault.AddressType;
        if (start.Length < FixedLength) return ParseFault.None;
        var length = BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        if (length > MaxLength - FixedLength) return ParseFault.TooLarge;
        var width = start[12] == Proxy ? Width(start[13]) : 0;
        return width > 0 && length < (2 * width) + 4 ? ParseFault.Length : ParseFault.None;
    }

    private static int Width(byte family) => family switch { Tcp4 => 4, Tcp6 => 16, _ => 0 };
}
