using Socks5Egress.Negotiation.Socks5;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Socks5Egress.Transport;

namespace Socks5Egress.Negotiation;

/// <summary>The stage that asks a client what it wants, in whichever protocol its first byte announces.</summary>
internal static class Negotiator
{
    /// <summary>Asks until there is a request or a reason why there will be none.</summary>
    /// <param name="client">The client.</param>
    /// <param name="rules">What its listener asks of clients.</param>
    /// <param name="cancellation">The handshake deadline, absolute: a byte does not restart it.</param>
    public static async ValueTask<Negotiated> AskAsync(ILeg client, ClientRules rules, CancellationToken cancellation)
    {
        if (!rules.Admits(AddressLiteral.Canonical(client.RemoteEndPoint.Address))) return Ended(EndReason.ClientNotAllowed);
        var first = await MessagePump.PeekAsync(client.Input, cancellation);
        return first switch
        {
            < 0 => Ended(EndReason.ClientSilent),
            Socks5Version.Value when rules.Protocols.HasFlag(ServedProtocols.Socks5) =>
                await Socks5Negotiation.AskAsync(client, rules.Users, cancellation),
            _ => Ended(EndReason.UnknownProtocol),
        };
    }

    private static Negotiated Ended(EndReason reason) => new(default, null, reason, null, null);
}
