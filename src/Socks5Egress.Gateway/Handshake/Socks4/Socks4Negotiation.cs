using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks4;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake.Socks4;

/// <summary>One request, of SOCKS4 or 4a. There is no password in it: it is never served where users are.</summary>
internal static class Socks4Negotiation
{
    private const string Protocol = "socks4";

    /// <summary>Asks a client that speaks SOCKS4 what it wants.</summary>
    public static async ValueTask<NegotiationResult> AskAsync(ILeg leg, Lease lease, CancellationToken cancellation)
    {
        var rules = lease.Rules;
        if (!lease.Hold(lease.Grant with { Login = lease.Grant.Login ?? Login.Anonymous }, rules)) return new NegotiationResult(default, null, EndReason.NowForbidden, Protocol);
        var asked = await MessageReader.ReadAsync<Request, (Command Command, Destination Destination)>(
            leg.Input, Request.Read, static r => (r.Command, r.ToDestination()), cancellation);
        return (asked.Status, asked.Value.Command) switch
        {
            (ParseStatus.NeedMore, _) => new NegotiationResult(default, null, EndReason.ClientGone, Protocol),
            (ParseStatus.Invalid, _) => new NegotiationResult(default, null, EndReason.BadRequest, Protocol),
            (_, Command.Connect) => new NegotiationResult(
                new EgressRequest(EgressCommand.Connect, asked.Value.Destination), Socks4ReplyWriter.Instance, EndReason.None, Protocol),
            _ => new NegotiationResult(default, Socks4ReplyWriter.Instance, EndReason.CommandNotSupported, Protocol),
        };
    }
}
