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

    /// <summary>A socket file outlives a killed process. If no process has the socket, the file is removed for its successor.</summary>
    /// <exception cref="IOException">The path holds something else than a socket, or another process has the socket.</exception>
    private static void RemoveStale(UnixDomainSocketEndPoint endpoint)
    {
        var path = endpoint.ToString();
        if (new FileInfo(path).LinkTarget is { } target) throw new IOException($"a symbolic link to '{target}' stands there; remove it, or name that place");
        if (!File.Exists(path)) return;
        if (OperatingSystem.IsLinux() && !FileKind.IsSocket(path)) throw new IOException("something stands there that is no socket; only a socket is removed");
        if (IsTaken(path, path)) throw new IOException("another program has this socket; stop it first");
        // Other systems do not tell what it is; bind reports that the address is in use
        if (!OperatingSystem.IsLinux()) return;
        // Another one that starts now has looked too: whoever moves it away looks once more at what it has got
        var aside = $"{path}.{Guid.NewGuid():n}";
        File.Move(path, aside);
        if (!IsTaken(aside, path))
        {
            File.Delete(aside);
            return;
        }

        File.Move(aside, path, overwrite: false);
        throw new IOException("another program has taken this socket in this moment");
    }

    /// <summary>
    /// Whether somebody has the socket. One that is bound and does not listen yet refuses every connection, as a stale one does: the kernel's list
    /// tells the two apart.
    /// </summary>
    private static bool IsTaken(string path, string bound)
    {
        // A live listener may be slow to accept. A connect that would have to wait for a place in its queue is proof enough
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused)
        {
            return BoundSockets.Has(path) || BoundSockets.Has(bound);
        }
        catch (SocketException)
        {
            // Its queue is full, it is one for datagrams, or we may not ask: it is somebody's
            return true;
        }
    }
}
