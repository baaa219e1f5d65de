using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Handshake.Http;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>What became of a request before its target is judged.</summary>
/// <param name="Refusal">Why it is not passed on.</param>
/// <param name="Target">The parts of its target; null when it is refused.</param>
/// <param name="Login">Who asks.</param>
/// <param name="Rules">The rules that the login was checked by.</param>
internal readonly record struct AuthorizedRequest(HttpRefusal Refusal, AbsoluteForm? Target, Login Login, ConfigSnapshot Rules);

/// <summary>Who may ask: the form of a request, its credentials, the limits. Each request is checked by the rules that hold when it comes.</summary>
/// <param name="context">The session.</param>
/// <param name="admit">Counts the connection as a session at its first whole request; the limit that refuses it otherwise.</param>
internal sealed class RequestAuthorization(CommandContext context, Func<EndReason> admit)
{
    private readonly Lease _lease = context.Lease;
    private string? _user = context.Lease.Grant.Login?.User;
    private volatile bool _isLoggingIn;

    /// <summary>A login is checked. Any thread.</summary>
    public bool IsLoggingIn => _isLoggingIn;

    /// <summary>Checks a request whose head was read.</summary>
    /// <param name="request">The request.</param>
    /// <param name="handshake">Whose deadline goes on; null from the first request that was counted.</param>
    public async ValueTask<AuthorizedRequest> CheckAsync(RequestMessage request, IHandshakeDeadline? handshake)
    {
        if (LoginRequest.IsOne(request.Bytes, request.Head) && context.Services.Rules.Now is var now && _lease.ListenerOf(now).Tokens is { } tokens)
        {
            var full = admit();
            return Refused(full == EndReason.None ? await PasswordSale.AnswerAsync(context, request, now, tokens) : HttpRefusal.Of(full));
        }
        var form = JudgeForm(request, out var target);
        if (form.IsRefused) return Refused(form);
        // A certificate says who it is for the whole connection, a password for one request
        var rules = context.Services.Rules.Now;
        var login = _lease.Grant.Login;
        var listener = _lease.ListenerOf(rules);
        if (login is null && listener.AsksLogin)
        {
            _isLoggingIn = true;
            var value = request.Head.ProxyAuthorization is { } within ? request.Value(within) : (System.Buffers.ReadOnlySequence<byte>?)null;
            var checking = await HttpLogin.CheckAsync(listener, HttpCredentials.Of(value), context.Identity.Client.Address, handshake, context.Stop);
            _isLoggingIn = false;
            context.Report.RefusedToken(checking.Token);
            if (checking.End != EndReason.None) return Refused(HttpRefusal.Of(checking.End) with { Challenge = checking.Challenge });
            login = checking.Login;
        }
        // A connection is one user's: what was admitted and counted for one is not another's to use
        if (_user is { } before && before != login?.User)
            return Refused(HttpRefusal.Of(EndReason.BadCredentials) with { Challenge = listener.Tokens is null ? ProxyChallenge.Basic : ProxyChallenge.BasicOrBearer });
        _user = login?.User;
        context.Report.LoggedIn(_user, login?.Kind, login?.Subject);
        if (ForwardedRequest.HasVia(request.Bytes, request.Head, ViaPseudonym.Bytes)) return Refused(HttpRefusal.Of(EndReason.ForwardLoop));
        var limit = admit();
        if (limit != EndReason.None) return Refused(HttpRefusal.Of(limit));
        context.Report.Asked(target!.Destination);
        var requirement = rules.Policies.For(_user).Policy.Tls;
        if (requirement.IsOn && CountPlaintext(requirement, target.Destination) is { IsRefused: true } plain) return Refused(plain);
        return new AuthorizedRequest(HttpRefusal.None, target, login ?? Login.Anonymous, rules);
    }

    /// <summary>A request in absolute-form goes to its origin in clear.</summary>
    private HttpRefusal CountPlaintext(TlsRequirement requirement, Destination origin)
    {
        context.Report.FirstFlight(new FirstFlightFacts { Plaintext = "http" });
        context.Services.Meters.Plaintext.Add(requirement.Mode, new PlaintextTarget(origin.ToString(), "http", _user));
        return requirement.Mode == TlsMode.Enforce ? HttpRefusal.Of(EndReason.PlaintextRefused) : HttpRefusal.None;
    }

    /// <summary>What can be said without knowing who asks.</summary>
    private static HttpRefusal JudgeForm(RequestMessage request, out AbsoluteForm? target)
    {
        target = null;
        if (!ForwardedMethods.IsForwarded(request.Method))
            return new HttpRefusal(405, EndReason.CommandNotSupported, "This method is not passed on; methods are case-sensitive.", true);
        if (request.Head.ExpectsUnknown)
            return new HttpRefusal(417, EndReason.BadRequest, "The only expectation there is is 100-continue.", true);
        var text = request.Target();
        if (!AbsoluteForm.TryParse(text, out target)) return HttpRefusal.Bad(Sentence(text));
        if (target.IsWebSocket && !request.Head.AsksWebSocket)
            return HttpRefusal.Bad("A ws:// target needs Upgrade: websocket and Connection: Upgrade.");
        if (request.Head.MaxForwards is not { } hops || !request.Method.SequenceEqual("OPTIONS"u8)) return HttpRefusal.None;
        if (!ForwardedRequest.TryMaxForwards(request.Bytes[hops], out var left)) return HttpRefusal.Bad("Max-Forwards is a number.");
        return left == 0 ? HttpRefusal.NoHopsLeft : HttpRefusal.None;
    }

    private static string Sentence(string target)
    {
        if (target.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || target.StartsWith("wss://", StringComparison.OrdinalIgnoreCase))
            return "https and wss go through a proxy by CONNECT: send CONNECT host:443, and speak TLS through the tunnel.";
        return target.StartsWith('/') || target == "*"
            ? "A request to a proxy names the whole target: http://host/path."
            : "The target has to be http://host[:port]/path, without user-info, fragment or blanks; an IPv6 address stands in brackets.";
    }

    private static AuthorizedRequest Refused(HttpRefusal refusal) => new(refusal, null, Login.Anonymous, null!);
}
