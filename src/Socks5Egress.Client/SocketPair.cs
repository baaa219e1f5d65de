using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Two sockets of this process that are connected to each other, over loopback: .NET has no other pair on every system.</summary>
internal static class SocketPair
{
    /// <exception cref="SocketException">No descriptors, or no ports.</exception>
    public static async Task<(Socket Outer, Socket Inner)> CreateAsync(CancellationToken cancellation)
    {
        using var listener = New();
        var outer = New();
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(16);
            await outer.ConnectAsync(listener.LocalEndPoint!, cancellation);
            while (true)
            {
                var inner = await listener.AcceptAsync(cancellation);
                inner.NoDelay = true;
                // Another program of this machine may have been quicker: it is not the other end
                if (Equals(inner.RemoteEndPoint, outer.LocalEndPoint)) return (outer, inner);
                inner.Dispose();
            }
        }
        catch
        {
            outer.Dispose();
            throw;
        }
    }

    private static Socket New() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
