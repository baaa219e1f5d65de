using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// <c>struct sockaddr_in</c> and <c>sockaddr_in6</c>: family in the machine's byte order, port and address in the
/// network's. Written here, and not taken from <see cref="SocketAddress"/>, to save two objects on each connection.
/// </summary>
internal static class SocketAddressBytes
{
    /// <summary>The longer of the two.</summary>
    public const int MaxLength = 28;

    private const int V4Length = 16;

    /// <summary>Fills <paramref name="bytes"/> (at least <see cref="MaxLength"/>) and returns how many count.</summary>
    public static int Write(Span<byte> bytes, IPAddress address, int port)
    {
        bytes[..MaxLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)port);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            MemoryMarshal.Write(bytes, (ushort)Libc.Inet);
            address.TryWriteBytes(bytes[4..8], out _);
            return V4Length;
        }

        MemoryMarshal.Write(bytes, (ushort)Libc.Inet6);
        address.TryWriteBytes(bytes[8..24], out _);
        MemoryMarshal.Write(bytes[24..], (uint)address.ScopeId);
        return MaxLength;
    }

    /// <summary>What the kernel wrote. An IPv4 address that came through a dual-stack socket is given as IPv4.</summary>
    public static IPEndPoint Read(ReadOnlySpan<byte> bytes)
    {
        int port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (MemoryMarshal.Read<ushort>(bytes) == Libc.Inet) return new IPEndPoint(KnownAddresses.Of(bytes[4..8]), port);

        var address = bytes[8..24];
        return address.StartsWith(MappedPrefix)
            ? new IPEndPoint(KnownAddresses.Of(address[12..]), port)
            : new IPEndPoint(KnownAddresses.Of(address, MemoryMarshal.Read<uint>(bytes[24..])), port);
    }

    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
}
