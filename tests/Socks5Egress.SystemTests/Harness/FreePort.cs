using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A port for a server that cannot pick its own, and one where nobody ever listens.</summary>
internal static class FreePort
{
    /// <summary>The system hands ports out in turn, so that this one stays free for the moment that a server needs.</summary>
    public static int Pick()
    {
        using var socket = Reserve();
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Bound and not listening: connections are refused, and nobody else gets the port.</summary>
    public static Socket Reserve()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
