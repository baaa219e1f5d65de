using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// A TCP server on a port of its own. Either a script serves each connection, or the test takes them one by one
/// with <see cref="AcceptAsync"/>.
/// </summary>
internal sealed class RawTarget : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<RawConnection, Task>? _script;
    private readonly Channel<RawConnection> _waiting = Channel.CreateUnbounded<RawConnection>();
    private readonly List<RawConnection> _connections = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;

    private RawTarget(IPEndPoint at, Func<RawConnection, Task>? script)
    {
        _script = script;
        _listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(at);
        _listener.Listen(4096);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAllAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>So many connections have come, once this process has taken them: the kernel makes them, and a gateway may say so before.</summary>
    public async Task AssertAcceptedAsync(int expected)
    {
        await Deadline.UntilAsync(() => Accepted >= expected, () => $"{Accepted} of {expected} connections have come");
        Assert.Equal(expected, Accepted);
    }

    /// <summary>Connections accepted so far.</summary>
    public int Accepted
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

    public static RawTarget Start(IPAddress? address = null) => new(new IPEndPoint(address ?? IPAddress.Loopback, 0), null);

    /// <param name="script">Serves one connection, and ends it.</param>
    /// <param name="address">Where to listen; 127.0.0.1 by default.</param>
    public static RawTarget Start(Func<RawConnection, Task> script, IPAddress? address = null) =>
        new(new IPEndPoint(address ?? IPAddress.Loopback, 0), script);

    /// <param name="script">Serves one connection, and ends it.</param>
    /// <param name="at">Where to listen.</param>
    public static RawTarget Start(Func<RawConnection, Task> script, IPEndPoint at) => new(at, script);

    /// <summary>Sends back what comes, half-closes when the other side does.</summary>
    public static async Task EchoAsync(RawConnection peer)
    {
        var buffer = new byte[64 * 1024];
        while (await peer.Socket.ReceiveAsync(buffer) is > 0 and var got) await peer.SendAsync(buffer.AsMemory(0, got));
        peer.Finish();
    }

    /// <summary>The next connection in the order of their coming.</summary>
    public async Task<RawConnection> AcceptAsync()
    {
        using var deadline = Deadline.Token();
        return await _waiting.Reader.ReadAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        lock (_gate)
            foreach (var connection in _connections) connection.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                RawConnection connection;
                try
                {
                    connection = new RawConnection(socket);
                }
                catch (SocketException)
                {
                    // Reset before it was accepted: it has no remote end any more
                    socket.Dispose();
                    continue;
                }
                lock (_gate) _connections.Add(connection);
                if (_script is null) _waiting.Writer.TryWrite(connection);
                else _ = ServeAsync(connection, _script);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The listener was closed
        }
    }

    private static async Task ServeAsync(RawConnection connection, Func<RawConnection, Task> script)
    {
        try
        {
            await script(connection);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test ended it from the other side; what it must see there it checks there
        }
        finally
        {
            connection.Dispose();
        }
    }
}
