using System.IO.Pipelines;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake.Http;

/// <summary>
/// CONNECT, with Basic credentials or a token where clients have to log in: one request a connection, after a refusal it closes. Any other method is left where it
/// is: <c>HttpProxy</c> reads it, and judges each request for itself.
/// </summary>
internal static class HttpNegotiation
{
    private const string Protocol = "http";

    /// <summary>Asks a client that speaks HTTP what it wants.</summary>
    public static async ValueTask<NegotiationResult> AskAsync(ILeg leg, Lease lease, IHandshakeDeadline place, CancellationToken cancellation)
    {
        await SkipEmptyLinesAsync(leg.Input, cancellation);
        var asked = await MessageReader.ReadAsync<ConnectHead, Tunnel>(leg.Input, ConnectHead.Read, Tunnel.Of, cancellation);
        if (asked.Status == ParseStatus.NeedMore) return new NegotiationResult(default, null, EndReason.ClientGone, Protocol);
        if (asked.Status == ParseStatus.Invalid) return Refused(Broken(asked.Fault));
        if (!asked.Value.IsConnect)
            return new NegotiationResult(new EgressRequest(EgressCommand.Http, default), HttpReplyWriter.Instance, EndReason.None, Protocol);

        var login = await LogInAsync(asked.Value, lease, place, cancellation);
        return login.End == EndReason.None
            ? new NegotiationResult(new EgressRequest(EgressCommand.Connect, asked.Value.Destination), HttpReplyWriter.Instance, EndReason.None, Protocol)
            : new NegotiationResult(default, HttpReplyWriter.Of(login.Challenge), login.End, Protocol) { TokenFault = login.Token };
    }

    // RFC 9112 section 2.2: empty lines in front of a request are no part of it
    private static async ValueTask SkipEmptyLinesAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var start = RequestHead.SkipEmptyLines(read.Buffer);
            var rest = read.Buffer.Slice(start);
            // A CR may be half of another one
            var more = (rest.IsEmpty || (rest.Length == 1 && rest.FirstSpan[0] == '\r')) && !read.IsCompleted;
            input.AdvanceTo(start, more ? read.Buffer.End : start);
            if (!more) return;
        }
    }

    private static async ValueTask<HttpLogin> LogInAsync(Tunnel tunnel, Lease lease, IHandshakeDeadline place, CancellationToken cancellation)
    {
        if (lease.Grant.Login is not null) return default;
        var rules = lease.Rules;
        var listener = lease.ListenerOf(rules);
        var login = listener.AsksLogin
            ? await HttpLogin.CheckAsync(listener, tunnel.Credentials, lease.Grant.Client!, place, cancellation)
            : new HttpLogin(EndReason.None, Login.Anonymous, ProxyChallenge.Basic);
        if (login.End != EndReason.None) return login;
        return lease.Hold(lease.Grant with { Login = login.Login }, rules) ? login : login with { End = EndReason.NowForbidden };
    }

    private static EndReason Broken(ParseFault fault) => fault switch
    {
        ParseFault.LineTooLong => EndReason.BadRequestTooLong,
        ParseFault.TooLarge => EndReason.BadRequestTooLarge,
        _ => EndReason.BadRequest,
    };

    private static NegotiationResult Refused(EndReason reason) => new(default, HttpReplyWriter.Instance, reason, Protocol);

    /// <summary>What is kept of a head whose bytes are about to go.</summary>
    private readonly record struct Tunnel(bool IsConnect, Destination Destination, HttpCredentials? Credentials)
    {
        public static Tunnel Of(ConnectHead head) =>
            head.IsConnect ? new Tunnel(true, head.ToDestination(), HttpCredentials.Of(head.ProxyAuthorization)) : default;
    }
}
