using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.Bind;

/// <summary>
/// BIND (RFC 1928 section 4): another way to get the target's leg. Authorize, listen, say where, wait for the peer that the client names, say who
/// came, relay.
/// </summary>
internal sealed class BindCommand : ICommand
{
    /// <summary>How long the peer has.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Port 0 is legal and means that the client does not know the peer's: only a rule for every port lets it through.</summary>
    private const ushort AnyPort = 65535;

    public string Name => "bind";

    public async ValueTask<CommandEnd> RunAsync(CommandContext context) =>
        await TargetRelay.OpenAsync(context, await AwaitPeerAsync(context), static peer => peer.RemoteEndPoint);

    private static async ValueTask<DialResult> AwaitPeerAsync(CommandContext context)
    {
        var (services, client) = (context.Services, context.Client);
        // An address or a name; 0.0.0.0 is no peer in particular, and refused by the policy
        var wish = new TargetRequest(context.Lease, context.Target.Port == 0 ? WithPort(context.Target, AnyPort) : context.Target);
        var judged = await services.Connector.JudgeAsync(wish, client.Scheduler, context.Stop);
        context.Report.Judged(judged.Judgement, judged.ResolvedAt);
        if (judged.End != EndReason.None) return new DialResult(null, judged.End);
        if (judged.Steps.Count == 0) return new DialResult(null, EndReason.NetworkUnreachable);

        IAcceptor acceptor;
        try
        {
            acceptor = services.Connector.Listen(judged.Steps[0].Source ?? Towards(judged.Steps[0].Address));
        }
        catch (SocketException error)
        {
            return new DialResult(null, DialFailure.Of(error.SocketErrorCode));
        }

        await using (acceptor)
        {
            context.Reply.Succeeded(client.Output, acceptor.LocalEndPoint);
            await client.Output.FlushAsync(context.Stop);
            context.Enter(new TimedPhase(SessionPhase.AwaitingPeer, Limit, EndReason.PeerTimeout, services.Time));
            using var left = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
            await using var departure = new DisconnectWatch(client.Input, left);
            var peer = await new ExpectedPeer(services, acceptor, [.. judged.Steps.Select(step => step.Address)]).AcceptAsync(left.Token);
            if (peer is null) return new DialResult(null, EndReason.ClientGone);
            if (!wish.Lease.Hold(wish.Lease.Grant with { Address = AddressLiteral.Canonical(peer.RemoteEndPoint.Address) }, judged.Rules))
            {
                await peer.DisposeAsync();
                return new DialResult(null, EndReason.NowForbidden);
            }
            context.Report.Connected(peer.RemoteEndPoint, peer.LocalEndPoint);
            return new DialResult(peer, EndReason.None);
        }
    }

    /// <summary>The address of this machine that a peer there can reach: the one that packets to it leave from. Nothing is sent.</summary>
    private static IPAddress Towards(IPAddress peer)
    {
        using var socket = DescriptorReserve.OfProcess.Admit(new Socket(peer.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        socket.Connect(peer, AnyPort);
        return ((IPEndPoint)socket.LocalEndPoint!).Address;
    }

    private static Destination WithPort(Destination destination, ushort port) =>
        destination.Address is { } address ? Destination.Of(address, port) : Destination.Of(destination.Name!, port);
}
