using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Exec.Namespace;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.LocalForward;
using Socks5Egress.Protocol;

namespace Socks5Egress.Exec.Capture;

/// <summary>Ports of the host that lead to the command's.</summary>
internal sealed class PublishedPorts(RunningHelper helper, Relays relays, FailureNotes notes, IReadOnlyList<Cidr> clients) : IAsyncDisposable
{
    private readonly List<Acceptor> _acceptors = [];

    /// <summary>Listens.</summary>
    /// <exception cref="SocketException">The port is taken, or the address is not this machine's.</exception>
    public void Open(PublishedPort port) =>
        _acceptors.Add(new Acceptor("exec.published", LocalSockets.Listen(port.Outer), outer => ServeAsync(outer, port)));

    public async ValueTask DisposeAsync()
    {
        foreach (var acceptor in _acceptors) await acceptor.DisposeAsync();
    }

    private async Task ServeAsync(Socket outer, PublishedPort port)
    {
        if (outer.RemoteEndPoint is IPEndPoint { Address: var client } && !Admits(client))
        {
            SocketRelay.Reset(outer);
            notes.Say(port.Outer.ToString(), client);
            return;
        }

        outer.NoDelay = true;
        var inner = await ConnectAsync(new IPEndPoint(IPAddress.Loopback, port.Inner)) ?? await ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, port.Inner));
        if (inner is null) SocketRelay.Reset(outer);
        else await relays.RunAsync(null, outer, inner);
    }

    private bool Admits(IPAddress client)
    {
        var bits = AddressBits.Of(AddressLiteral.Canonical(client));
        return clients.Count == 0 || clients.Any(network => network.Contains(bits));
    }

    private async Task<Socket?> ConnectAsync(IPEndPoint target)
    {
        Socket? socket = null;
        try
        {
            socket = await helper.OpenAsync(target.AddressFamily, SocketType.Stream);
            socket.NoDelay = true;
            await socket.ConnectAsync(target, relays.Aborted);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket?.Dispose();
            return null;
        }
    }
}
