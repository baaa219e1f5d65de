using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Exec.Namespace;
using Socks5Egress.Exec.SynVerdict;

namespace Socks5Egress.Exec.Capture;

/// <summary>The connections of the command, as they arrive at the one listener that they are all led to.</summary>
internal sealed class CapturedConnections(EgressRoute way, Relays relays, PendingSyns? pending) : IAsyncDisposable
{
    private readonly List<Acceptor> _acceptors = [];

    public void Start(NamespaceSockets sockets)
    {
        _acceptors.Add(new Acceptor("exec.connections", sockets.Listener, ServeAsync));
        if (sockets.ListenerV6 is { } v6) _acceptors.Add(new Acceptor("exec.connections.v6", v6, ServeAsync));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var acceptor in _acceptors) await acceptor.DisposeAsync();
    }

    private async Task ServeAsync(Socket local)
    {
        // Nothing was redirected: the command has found the listener itself
        if (OriginalDestination.Of(local) is not { } asked || asked.Equals(local.LocalEndPoint))
        {
            SocketRelay.Reset(local);
            return;
        }

        local.NoDelay = true;
        var remote = pending is null ? (await way.ConnectAsync(asked, relays.Aborted)).Socket : pending.Claim(asked);
        // A driver that gets RST reports an error; one that gets FIN may take it for an empty answer
        if (remote is null) SocketRelay.Reset(local);
        else await relays.RunAsync(way.Target(asked).ToString(), local, remote);
    }
}
