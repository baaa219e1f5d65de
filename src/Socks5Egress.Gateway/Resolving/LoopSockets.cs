using System.Net.Sockets;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>Makes sockets for the loop.</summary>
internal static class LoopSockets
{
    /// <returns>A socket that does not block; null when there is no descriptor that it may have.</returns>
    public static Socket? Open(AddressFamily family, SocketType type, Func<nint, bool> mayHave)
    {
        try
        {
            var socket = new Socket(family, type, type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp) { Blocking = false };
            if (mayHave(socket.Handle)) return socket;
            socket.Dispose();
            return null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
