using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.Bind;

/// <summary>
/// BIND (RFC 1928 section 4): another way to get the target's leg. A port is opened for one peer that the client names and the policy allows;
/// the first reply says where, the caller's second one who came.
/// </summary>
internal static class BindCommand
{
    /// <summary>How long the peer has.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Port 0 is legal and means that the client does not know the peer's: only a rule for every port lets it through.</summary>
    private const ushort AnyPort = 65535;

    /// <summary>Judges, listens, says where, and waits for the peer.</summary>
    /// <param name="stages">What serves it.</param>
    /// <param name="wish">Who expects whom: an address or a name; 0.0.0.0 is nobody in particular, and refused by the policy.</param>
    /// <param name="record">Learns verdict, rule and endpoints.</param>
    /// <param name="client">The client.</param>
    /// <param name="replier">Says where the port is.</param>
    /// <param name="waiting">Called when the reply is sent, and the peer's time begins.</param>
    /// <param name="stop">Ends it; the caller knows why.</param>
    public static async ValueTask<DialResult> RunAsync(
        SessionServices stages, TargetRequest wish, SessionRecord record, ILeg client, IReplyWriter replier, Action waiting, CancellationToken stop)
    {
        if (wish.Destination.Port == 0) wish = wish with { Destination = WithPort(wish.Destination, AnyPort) };
        var judged = await TargetConnector.JudgeAsync(stages, wish, client.Scheduler, stop);
        record.Judged(judged.Judgement, judged.ResolvedAt);
        if (judged.End != EndReason.None) return new DialResult(null, judged.End);
        if (judged.Steps.Count == 0) return new DialResult(null, EndReason.NetworkUnreachable);

        IAcceptor acceptor;
        try
        {
            acceptor = stages.Dialer.Listen(judged.Steps[0].Source ?? Towards(judged.Steps[0].Address));
        }
        catch (SocketException error)
        {
            return new DialResult(null, DialFailure.Of(error.SocketErrorCode));
        }

        await using (acceptor)
        {
            replier.Succeeded(client.Output, acceptor.LocalEndPoint);
            await client.Output.FlushAsync(stop);
            waiting();
            using var left = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await using var departure = new DisconnectWatch(client.Input, left);
            var peer = await new ExpectedPeer(stages, acceptor, [.. judged.Steps.Select(step => step.Address)]).AcceptAsync(left.Token);
            if (peer is null) return new DialResult(null, EndReason.ClientGone);
            if (!wish.Lease.Hold(wish.Lease.Grant with { Address = AddressLiteral.Canonical(peer.RemoteEndPoint.Address) }, judged.Rules))
            {
                await peer.DisposeAsync();
                return new DialResult(null, EndReason.NowForbidden);
            }
            record.Connected(peer.RemoteEndPoint, peer.LocalEndPoint);
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
