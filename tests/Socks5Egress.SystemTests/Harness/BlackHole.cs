using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// An address whose dial hangs: a listener whose accept queue is full, so that the kernel drops every further SYN
/// without a word.
/// </summary>
internal sealed class BlackHole : IDisposable
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromMilliseconds(400);

    private readonly Socket _listener;
    private readonly List<Socket> _queued = [];

    private BlackHole(Socket listener) => _listener = listener;

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <param name="port">The port on 127.0.0.1; 0 picks one.</param>
    public static async Task<BlackHole> OpenAsync(int port = 0)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1);
        var hole = new BlackHole(listener);
        while (await hole.TryQueueAsync())
            if (hole._queued.Count > 16) throw new InvalidOperationException("The accept queue does not fill up");
        return hole;
    }

    public void Dispose()
    {
        foreach (var socket in _queued) socket.Dispose();
        _listener.Dispose();
    }

    private async Task<bool> TryQueueAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _queued.Add(socket);
        using var probe = Deadline.Token(ProbeLimit);
        try
        {
            await socket.ConnectAsync(EndPoint, probe.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
