using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Exec.Capture;

/// <summary>Where an accepted connection wanted to go before a rule led it here (SO_ORIGINAL_DST of netfilter).</summary>
internal static class OriginalDestination
{
    private const int Option = 80, V4Length = 16, V6Length = 28;

    /// <summary>Null when no rule has led it here.</summary>
    public static IPEndPoint? Of(Socket socket)
    {
        Span<byte> address = stackalloc byte[V6Length];
        var isV6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        try
        {
            var length = socket.GetRawSocketOption(isV6 ? Libc.SolIpv6 : Libc.SolIp, Option, address);
            // struct sockaddr_in and sockaddr_in6: family, port, (flow,) address
            var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
            return length < (isV6 ? V6Length : V4Length) ? null : new IPEndPoint(new IPAddress(isV6 ? address[8..24] : address[4..8]), port);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
