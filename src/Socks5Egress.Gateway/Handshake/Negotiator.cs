using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Handshake.Http;
using Socks5Egress.Gateway.Handshake.Socks4;
using Socks5Egress.Gateway.Handshake.Socks5;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Detection;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>The stage that asks a client what it wants, in whichever protocol its first bytes announce.</summary>
internal static class Negotiator
{
    /// <summary>Asks until there is a request or a reason why there will be none.</summary>
    /// <param name="client">The client.</param>
    /// <param name="lease">What the connection was granted so far. What it says of itself is added, and must hold.</param>
    /// <param name="deadline">Is told while its client waits for the gateway.</param>
    /// <param name="cancellation">The handshake deadline, absolute: a byte does not restart it.</param>
    public static async ValueTask<NegotiationResult> AskAsync(ILeg client, Lease lease, IHandshakeDeadline deadline, CancellationToken cancellation)
    {
        var (sniffed, silent) = await MessageReader.SniffAsync(client.Input, cancellation);
        var protocol = sniffed switch
        {
            SniffedProtocol.Socks5 => ServedProtocols.Socks5,
            SniffedProtocol.Socks4 => ServedProtocols.Socks4,
            SniffedProtocol.Http => ServedProtocols.Http,
            _ => ServedProtocols.None,
        };
        if (sniffed == SniffedProtocol.NeedMore) return NegotiationResult.Ended(silent ? EndReason.ClientSilent : EndReason.ClientGone);
        if (protocol == ServedProtocols.None) return NegotiationResult.Ended(EndReason.UnknownProtocol);
        var rules = lease.Rules;
        if (!IsServed(lease.ListenerOf(rules), protocol, lease.Grant.Login)) return NegotiationResult.Ended(EndReason.ProtocolDisabled);
        if (!lease.Hold(lease.Grant with { Protocol = protocol }, rules)) return NegotiationResult.Ended(EndReason.NowForbidden);
        return protocol switch
        {
            ServedProtocols.Socks5 => await Socks5Negotiation.AskAsync(client, lease, deadline, cancellation),
            ServedProtocols.Http => await HttpNegotiation.AskAsync(client, lease, deadline, cancellation),
            _ => await Socks4Negotiation.AskAsync(client, lease, cancellation),
        };
    }

    /// <summary>For a listener that does not ask its clients: they are taken as they are, and hear nothing of this gateway's.</summary>
    /// <param name="lease">What the connection was granted so far.</param>
    /// <param name="protocol">The name in logs.</param>
    public static NegotiationResult WithoutAsking(Lease lease, string? protocol)
    {
        var rules = lease.Rules;
        return lease.Hold(lease.Grant with { Login = lease.Grant.Login ?? Login.Anonymous }, rules)
            ? new NegotiationResult(default, SilentReplyWriter.Instance, EndReason.None, protocol)
            : NegotiationResult.Ended(EndReason.NowForbidden);
    }

    // SOCKS4 has no password: only where none is asked for, or where a certificate has answered already
    private static bool IsServed(ListenerPolicy listener, ServedProtocols protocol, Login? login) =>
        listener.Serves(protocol) && (protocol != ServedProtocols.Socks4 || !listener.AsksLogin || login is not null);
}
