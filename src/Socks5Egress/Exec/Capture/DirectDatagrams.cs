using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Supervision;

namespace Socks5Egress.Exec.Capture;

/// <summary>Datagrams between the command and one server on the host's loopback; each of the command's sockets has one of ours.</summary>
internal sealed class DirectDatagrams : IAsyncDisposable
{
    private const int Largest = 65_535, MostClients = 512;

    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly Socket _inner;
    private readonly IPEndPoint _server;
    private readonly ConcurrentDictionary<IPEndPoint, Socket> _clients = new();
    private readonly BackgroundLoop _loop;

    /// <param name="inner">Bound in the namespace; owned from here on.</param>
    /// <param name="server">On the host.</param>
    public DirectDatagrams(Socket inner, IPEndPoint server)
    {
        (_inner, _server) = (inner, server);
        _loop = Supervisor.OfProcess.Loop("exec.datagrams", ReceiveAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        _inner.Dispose();
        foreach (var client in _clients.Values) client.Dispose();
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        var buffer = new byte[Largest];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var received = await _inner.ReceiveFromAsync(buffer, _server, stop);
                if (Of((IPEndPoint)received.RemoteEndPoint, stop) is { } outer) outer.Send(buffer.AsSpan(0, received.ReceivedBytes));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Nothing listens there, or nothing listens any more: a datagram is lost
                if (stop.IsCancellationRequested) return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private Socket? Of(IPEndPoint client, CancellationToken stop)
    {
        if (_clients.TryGetValue(client, out var known)) return known;
        if (_clients.Count >= MostClients) return null;
        var outer = new Socket(_server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        outer.Connect(_server);
        _clients[client] = outer;
        Supervisor.OfProcess.Run("exec.datagrams.client", () => AnswerAsync(client, outer, stop));
        return outer;
    }

    private async Task AnswerAsync(IPEndPoint client, Socket outer, CancellationToken stop)
    {
        var buffer = new byte[Largest];
        try
        {
            while (true)
            {
                using var idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
                idle.CancelAfter(Idle);
                var count = await outer.ReceiveAsync(buffer, idle.Token);
                await _inner.SendToAsync(buffer.AsMemory(0, count), client, stop);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _clients.TryRemove(client, out _);
            outer.Dispose();
        }
    }
}
