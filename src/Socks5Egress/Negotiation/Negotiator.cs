using System.Net;
using Socks5Egress.Negotiation.Http;
using Socks5Egress.Negotiation.Socks4;
using Socks5Egress.Negotiation.Socks5;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Negotiation;

/// <summary>The stage that asks a client what it wants, in whichever protocol its first bytes announce.</summary>
internal static class Negotiator
{
    /// <summary>Asks until there is a request or a reason why there will be none.</summary>
    /// <param name="client">The client.</param>
    /// <param name="source">Where it is: not the connection's peer where a PROXY header has named somebody else.</param>
    /// <param name="rules">What its listener asks of clients.</param>
    /// <param name="cancellation">The handshake deadline, absolute: a byte does not restart it.</param>
    public static async ValueTask<Negotiated> AskAsync(ILeg client, IPAddress source, ClientRules rules, CancellationToken cancellation)
    {
        if (rules.Forward is { } forward) return forward.Ask();
        var (protocol, silent) = await MessagePump.SniffAsync(client.Input, cancellation);
        return protocol switch
        {
            SniffedProtocol.Socks5 when rules.Serves(ServedProtocols.Socks5) =>
                await Socks5Negotiation.AskAsync(client, source, rules.Users, rules.Commands, cancellation),
            SniffedProtocol.Http when rules.Serves(ServedProtocols.Http) => await HttpNegotiation.AskAsync(client, source, rules.Users, cancellation),
            SniffedProtocol.Socks4 when rules.Serves(ServedProtocols.Socks4) && rules.Users is null =>
                await Socks4Negotiation.AskAsync(client, cancellation),
            SniffedProtocol.NeedMore => Negotiated.Ended(silent ? EndReason.ClientSilent : EndReason.ClientGone),
            SniffedProtocol.Unknown => Negotiated.Ended(EndReason.UnknownProtocol),
            _ => Negotiated.Ended(EndReason.ProtocolDisabled),
        };
    }
}
