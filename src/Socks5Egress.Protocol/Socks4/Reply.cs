using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Protocol.Socks4;

/// <summary>
/// The server's answer to a <see cref="Request"/>, for 4 and 4a alike.
/// <code>
/// +----+----+---------+-------+
/// | VN | CD | DSTPORT | DSTIP |   CD: 5A granted, 5B rejected or failed
/// +----+----+---------+-------+
/// | 00 | 1  |    2    |   4   |
/// +----+----+---------+-------+
/// </code>
/// 5C and 5D tell of an identd check, which is not made here.
/// </summary>
internal static class Reply
{
    private const byte Granted = 0x5A;
    private const byte Rejected = 0x5B;

    /// <summary>The length of the message, in bytes.</summary>
    public const int Length = 8;

    /// <summary>Writes a reply.</summary>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <param name="granted">Whether the request was carried out.</param>
    /// <param name="bound">
    /// The local end of the outgoing connection; null is 0.0.0.0:0. An IPv6 one cannot be said and is 0.0.0.0 with its port.
    /// </param>
    /// <returns>The number of bytes written, <see cref="Length"/>.</returns>
    public static int Write(Span<byte> destination, bool granted, IPEndPoint? bound)
    {
        destination[..Length].Clear();
        destination[1] = granted ? Granted : Rejected;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)(bound?.Port ?? 0));
        if (bound is not null && AddressLiteral.Canonical(bound.Address) is { AddressFamily: AddressFamily.InterNetwork } address)
            address.TryWriteBytes(destination[4..], out _);
        return Length;
    }
}
