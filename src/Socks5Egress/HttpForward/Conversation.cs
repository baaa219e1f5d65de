using Microsoft.AspNetCore.Http;
using Socks5Egress.Accounting;
using Socks5Egress.Negotiation;
using Socks5Egress.Policy;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;

namespace Socks5Egress.HttpForward;

/// <summary>One client's connection and its requests, one after the other.</summary>
internal sealed class Conversation : IAsyncDisposable
{
    private readonly Stages _stages;
    private readonly ClientRules _rules;
    private readonly SessionRecord _record;
    private readonly HandedConnection _connection;
    private readonly Func<EndReason> _admit;
    private readonly Origins _origins;
    private EndReason _last;
    private bool _closes;

    public Conversation(
        Stages stages, ClientRules rules, SessionRecord record, ILeg client, HandedConnection connection, Func<EndReason> admit, CancellationToken stop)
    {
        (_stages, _rules, _record, _connection, _admit) = (stages, rules, record, connection, admit);
        _origins = new Origins(stages, record, client, stop);
    }

    /// <summary>Serves one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var fields = _connection.TakeFields();
        _closes = (fields.Connection is { } options && HopByHop.Names(options, "close")) || context.Request.Protocol != HttpProtocol.Http11;
        _last = await AnswerAsync(context, fields);
        _record.Requests++;
        if (_last == EndReason.None) return;
        if (context.Response.HasStarted) context.Abort();
        else Refuse(context, _last);
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

    public ValueTask DisposeAsync() => _origins.DisposeAsync();

    private async Task<EndReason> AnswerAsync(HttpContext context, RawFields fields)
    {
        if (!ForwardedRequest.IsSound(context.Request, fields)) return EndReason.BadRequest;
        if (!ForwardedRequest.IsForwarded(context.Request.Method)) return EndReason.CommandNotSupported;
        if (!AbsoluteForm.TryParse(ForwardedRequest.RawTarget(context), out var target)) return EndReason.BadRequest;
        if (_rules.Users is { } users)
        {
            var (login, user) = await ProxyLogin.CheckAsync(users, context.Request, _record.Client.Address);
            // A connection is one user's: what was admitted and counted for one is not another's to use
            if (login != EndReason.None || (_record.User is { } before && before != user))
                return login != EndReason.None ? login : EndReason.BadCredentials;
            _record.User = user;
        }
        if (ViaField.NamesUs(context.Request.Headers.Via)) return EndReason.ForwardLoop;
        var refused = _admit();
        if (refused != EndReason.None) return refused;

        _record.Target = target.Destination;
        var rules = _stages.Rules.Now;
        var wish = new Wish(_record.User, target.Destination);
        var name = Reaching.JudgeName(rules, wish, _record);
        if (name.Decision == NameDecision.Refused) return EndReason.PolicyDenied;
        using var request = ForwardedRequest.From(context.Request, fields, target);
        if (request is null) return EndReason.BadRequest;
        var (response, end) = await _origins.SendAsync(rules, wish, request, context.RequestAborted);
        using (response) return response is null ? end : await ForwardedResponse.PassAsync(response, context);
    }

    private static void Refuse(HttpContext context, EndReason reason)
    {
        context.Response.Clear();
        context.Response.StatusCode = reason.ToHttpStatus();
        context.Response.ContentLength = 0;
        if (reason == EndReason.CommandNotSupported) context.Response.Headers.Allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
        if (reason is EndReason.BadCredentials or EndReason.CredentialsBusy)
            context.Response.Headers.ProxyAuthenticate = "Basic realm=\"socks5egress\", charset=\"UTF-8\"";
        // What follows a head that two readers may understand differently is nobody's request
        if (reason is EndReason.BadRequest or EndReason.CommandNotSupported or EndReason.ForwardLoop) context.Response.Headers.Connection = "close";
    }
}
