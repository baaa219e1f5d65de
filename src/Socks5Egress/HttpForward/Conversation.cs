using Microsoft.AspNetCore.Http;
using Socks5Egress.Accounting;
using Socks5Egress.Grants;
using Socks5Egress.Negotiation;
using Socks5Egress.Policy;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;

namespace Socks5Egress.HttpForward;

/// <summary>One client's connection and its requests, one after the other.</summary>
internal sealed class Conversation : IAsyncDisposable
{
    private readonly Stages _stages;
    private readonly Lease _lease;
    private readonly SessionRecord _record;
    private readonly HandedConnection _connection;
    private readonly Func<EndReason> _admit;
    private readonly Origins _origins;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private CancellationTokenSource? _patience;
    private volatile GrantedRequest? _current;
    private EndReason _last;
    private bool _closes;

    public Conversation(
        Stages stages, Lease lease, SessionRecord record, ILeg client, HandedConnection connection, Func<EndReason> admit, CancellationToken stop)
    {
        (_stages, _lease, _record, _connection, _admit) = (stages, lease, record, connection, admit);
        _origins = new Origins(stages, record, client, stop);
    }

    /// <summary>Serves one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var fields = _connection.TakeFields();
        _closes = (fields.Connection is { } options && HopByHop.Names(options, "close")) || context.Request.Protocol != HttpProtocol.Http11;
        _last = await AnswerAsync(context, fields);
        _record.Requests++;
        if (context.Response.HasStarted && (_last != EndReason.None || _lease.IsRevoked)) context.Abort();
        else if (_last != EndReason.None) Refuse(context, _last);
        // The connection is not to serve another one
        if (_lease.IsRevoked && !context.Response.HasStarted) context.Response.Headers.Connection = "close";
    }

    /// <summary>
    /// Ends the connection at once. A request of one that the rules forbid by now is still told so, if its answer has not begun.
    /// </summary>
    public void Stop()
    {
        var current = _current;
        if (!_lease.IsRevoked || current is { IsAnswering: true })
        {
            _connection.Abort();
            return;
        }
        // As if the client had said its last: a refusal that is on its way is still written, and a client that does not read it is left
        _patience = new CancellationTokenSource(Patience, _stages.Time);
        _patience.Token.UnsafeRegister(static state => ((HandedConnection)state!).Abort(), _connection);
        current?.Revoke();
        _connection.StopReading();
    }

    /// <summary>Why the connection ended: the last request's failure, else who closed.</summary>
    /// <param name="refusal">The status Kestrel itself refused it with, or 0.</param>
    /// <param name="draining">The gateway is stopping.</param>
    public EndReason End(int refusal, bool draining)
    {
        if (_connection.Fault is { } fault) return fault == LegFault.TimedOut ? EndReason.ClientTimedOut : EndReason.ClientReset;
        if (_last != EndReason.None) return _last;
        return refusal switch
        {
            0 when _connection.Finished || _closes => EndReason.ClientFin,
            0 => draining ? EndReason.DrainIdle : EndReason.IdleTimeout,
            StatusCodes.Status408RequestTimeout => EndReason.HandshakeTimeout,
            StatusCodes.Status414UriTooLong => EndReason.BadRequestTooLong,
            StatusCodes.Status431RequestHeaderFieldsTooLarge => EndReason.BadRequestTooLarge,
            _ => EndReason.BadRequest,
        };
    }

    public ValueTask DisposeAsync()
    {
        _patience?.Dispose();
        return _origins.DisposeAsync();
    }

    private async Task<EndReason> AnswerAsync(HttpContext context, RawFields fields)
    {
        if (!ForwardedRequest.IsSound(context.Request, fields)) return EndReason.BadRequest;
        if (!ForwardedRequest.IsForwarded(context.Request.Method)) return EndReason.CommandNotSupported;
        if (!AbsoluteForm.TryParse(ForwardedRequest.RawTarget(context), out var target)) return EndReason.BadRequest;
        // A certificate says who it is for the whole connection, a password for one request
        var rules = _stages.Rules.Now;
        var login = _lease.Grant.Login;
        if (login is null && _lease.ListenerOf(rules).Users is { } users)
        {
            (var checkedAs, login) = await ProxyLogin.CheckAsync(users, context.Request, _record.Client.Address);
            if (checkedAs != EndReason.None) return checkedAs;
        }
        // A connection is one user's: what was admitted and counted for one is not another's to use
        if (_record.User is { } before && before != login?.User) return EndReason.BadCredentials;
        _record.User = login?.User;
        if (ViaField.NamesUs(context.Request.Headers.Via)) return EndReason.ForwardLoop;
        var refused = _admit();
        if (refused != EndReason.None) return refused;

        _record.Target = target.Destination;
        var grant = _lease.Grant with { Login = login ?? Login.Anonymous, Target = target.Destination };
        using var granted = new GrantedRequest(_lease, grant, rules, context.RequestAborted);
        _current = granted;
        var end = await ForwardAsync(context, fields, target, granted);
        _current = null;
        if ((_lease.RevokedBy ?? granted.Lease.RevokedBy) is not { } rule) return end;
        _record.Forbidden(rule);
        return EndReason.NowForbidden;
    }

    private async Task<EndReason> ForwardAsync(HttpContext context, RawFields fields, AbsoluteForm target, GrantedRequest granted)
    {
        var rules = _stages.Rules.Now;
        var wish = new Wish(granted.Lease, target.Destination);
        var name = Reaching.JudgeNames(rules, wish, _stages.Resolver.SearchList);
        _record.Judged(new Judgement(rules.Policies.For(wish.User).Name, name.Rule is null ? null : "deny", name.Rule), 0);
        if (name.Decision == NameDecision.Refused) return EndReason.PolicyDenied;
        using var request = ForwardedRequest.From(context.Request, fields, target);
        if (request is null) return EndReason.BadRequest;
        var (response, end) = await _origins.SendAsync(rules, wish, request, granted.Stop);
        using (response)
        {
            if (response is null || granted.Stop.IsCancellationRequested) return end == EndReason.None ? EndReason.ClientReset : end;
            granted.IsAnswering = true;
            return await ForwardedResponse.PassAsync(response, context, granted.Stop);
        }
    }

    private static void Refuse(HttpContext context, EndReason reason)
    {
        context.Response.Clear();
        context.Response.StatusCode = reason.ToHttpStatus();
        context.Response.ContentLength = 0;
        if (reason == EndReason.CommandNotSupported) context.Response.Headers.Allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
        if (reason == EndReason.CredentialsBusy) context.Response.Headers.RetryAfter = "1";
        if (reason == EndReason.BadCredentials)
            context.Response.Headers.ProxyAuthenticate = "Basic realm=\"socks5egress\", charset=\"UTF-8\"";
        // What follows a head that two readers may understand differently is nobody's request
        if (reason is EndReason.BadRequest or EndReason.CommandNotSupported or EndReason.ForwardLoop) context.Response.Headers.Connection = "close";
    }
}
