using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Listening sockets of forwards: TCP, or a Unix socket with its file.</summary>
internal static class LocalSockets
{
    private const int Backlog = 512;

    /// <exception cref="SocketException">The endpoint cannot be had.</exception>
    public static Socket Listen(EndPoint endpoint)
    {
        var unix = endpoint as UnixDomainSocketEndPoint;
        var socket = unix is null
            ? new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (unix is not null) RemoveStale(unix);
            socket.Bind(endpoint);
            // Before Listen: until then every connect is refused, so nobody slips in under the wider mode
            if (unix is not null && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(unix.ToString(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static void Remove(EndPoint endpoint)
    {
        if (endpoint is UnixDomainSocketEndPoint unix && (FileKind.IsSocket(unix.ToString()) || !OperatingSystem.IsLinux()))
            File.Delete(unix.ToString());
    }

    /// <summary>A socket file outlives a killed process; one that nobody listens on is in the way of its successor.</summary>
    private static void RemoveStale(UnixDomainSocketEndPoint endpoint)
    {
        var path = endpoint.ToString();
        if (!File.Exists(path)) return;
        // A live listener may be slow to accept. A connect that would have to wait for a place in its queue is proof enough
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A plain file refuses too
            if (FileKind.IsSocket(path)) File.Delete(path);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // The listener is alive, and bind will say that the address is in use
        }
    }
}
