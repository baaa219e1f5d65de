using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Exec.Namespace;

namespace Socks5Egress.Exec.Capture;

/// <summary>Stands in, on the command's loopback, for servers on the host's: a listener and a datagram socket for each port.</summary>
internal sealed class DirectPorts(RunningHelper helper, Relays relays) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];

    /// <exception cref="SocketException">It cannot be bound.</exception>
    public async Task OpenAsync(DirectRule rule)
    {
        foreach (var port in rule.Listed!)
        {
            var place = new IPEndPoint(rule.First, port);
            var listener = await BindAsync(place, SocketType.Stream);
            listener.Listen();
            _open.Add(new Acceptor("exec.direct", listener, local => ServeAsync(local, place)));
            _open.Add(new DirectDatagrams(await BindAsync(place, SocketType.Dgram), place));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _open) await one.DisposeAsync();
    }

    private async Task<Socket> BindAsync(IPEndPoint place, SocketType type)
    {
        var socket = await helper.OpenAsync(place.AddressFamily, type);
        socket.Bind(place);
        return socket;
    }

    private async Task ServeAsync(Socket local, IPEndPoint place)
    {
        var remote = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        local.NoDelay = true;
        try
        {
            await remote.ConnectAsync(place, relays.Aborted);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            remote.Dispose();
            SocketRelay.Reset(local);
            return;
        }

        await relays.RunAsync(null, local, remote);
    }
}
