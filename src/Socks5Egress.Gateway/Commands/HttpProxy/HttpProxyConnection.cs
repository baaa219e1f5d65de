using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>How an HTTP connection ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Cut">It was reset or given up: there is nothing more to say on it.</param>
internal readonly record struct HttpEnd(EndReason End, bool Cut);

/// <summary>
/// One client's connection and its requests, one after the other. Nothing of one of them survives into the next but the connections to origins
/// that both sides have kept in order.
/// </summary>
internal sealed partial class HttpProxyConnection
{
    private readonly SessionServices _stages;
    private readonly CommandContext _context;
    private readonly Lease _lease;
    private readonly ISessionReport _record;
    private readonly ILeg _client;
    private readonly CancellationToken _stop;
    private readonly ClientInput _input;
    private readonly RequestAuthorization _authorization;
    private readonly OriginDialer _origins;
    private readonly HttpPhases _phases;
    private volatile OriginConnection? _origin;
    private volatile HttpExchange? _exchange;
    private (OriginConnection Origin, SilenceWatch Watch)? _silence;
    private volatile bool _cut, _leavesAtOnce;
    private volatile GrantedRequest? _granted;
    private RetiringSession? _retiring;
    private int _interrupt, _requests, _leaving;
    private bool _isAdmitted, _isServing;
    private EndReason _last;
    private long _rate;

    /// <param name="context">The session; the first bytes of its client are still unread.</param>
    public HttpProxyConnection(CommandContext context)
    {
        _context = context;
        (_stages, _lease, _record, _client, _stop) = (context.Services, context.Lease, context.Report, context.Client, context.Stop);
        _input = new ClientInput(_client, _record.Traffic, _stages.Time);
        _authorization = new RequestAuthorization(context, Admit);
        _origins = new OriginDialer(_stages, _record, _client);
        _phases = new HttpPhases(_stages);
    }

    /// <summary>Serves the connection until it ends.</summary>
    public async ValueTask<HttpEnd> RunAsync()
    {
        await using var stopping = _stop.UnsafeRegister(static state => ((HttpProxyConnection)state!).Abort(), this);
        try
        {
            var end = await ServeAsync();
            await _input.LeaveAsync();
            return new HttpEnd(_last != EndReason.None && end != EndReason.HandshakeTimeout ? _last : end, _cut);
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            return new HttpEnd(fault.OfClient(), true);
        }
        finally
        {
            _retiring?.Dispose();
            _origins.Pool.Close();
        }
    }

    /// <summary>What the last request was granted.</summary>
    public Grant Granted => _granted?.Lease.Grant ?? _lease.Grant;

    /// <summary>The timestamp from which it has waited for a request; null: one is under way.</summary>
    public long? IdleSince => _phases.Now is (HttpPhase.Idle, var began) ? began : null;

    /// <summary>Lets the request that is under way finish, and closes the connection after it. Any thread.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="atOnce">A connection without a request closes now; else its next answer announces the end.</param>
    public void Leave(EndReason reason, bool atOnce = true)
    {
        Interlocked.CompareExchange(ref _leaving, (int)reason, (int)EndReason.None);
        if (!atOnce) return;
        _leavesAtOnce = true;
        if (_phases.IsIdle && _requests > 0) Interrupt(Leaving);
    }

    /// <summary>Has the client and the origins that serve it keep to a pace, in bits a second; 0: none.</summary>
    public void Pace(long rate)
    {
        Volatile.Write(ref _rate, rate);
        _client.Pace(rate);
        _origin?.Leg.Pace(rate);
    }

    /// <summary>Whether its phase has taken too long. Any thread.</summary>
    /// <param name="now">The present timestamp.</param>
    /// <param name="end">Resets it, for what does not end in order here.</param>
    public void CheckDeadlines(long now, Action<EndReason> end)
    {
        var (phase, began) = _phases.Now;
        switch (phase)
        {
            case HttpPhase.Exchanging when _origin is { } origin:
                _exchange?.LookForReset();
                if (_silence is not { } silence || silence.Origin != origin)
                    _silence = silence = (origin, new SilenceWatch(_client, origin.Leg, _record.Traffic, _stages.RelayClock, began, _stages.Time, endsInOrder: false));
                silence.Watch.Judge(now, end);
                break;
            case HttpPhase.Dialing when _phases.IsOver(_stages.ConnectTimeout, began, now):
                _client.Elsewhere.Schedule(static s => ((OriginDialer)s!).TimeOut(), _origins);
                break;
            case HttpPhase.Head when _phases.IsOver(_stages.HandshakeTimeout, began, now):
                Interrupt(EndReason.HandshakeTimeout);
                break;
            case HttpPhase.Idle when _phases.IsOver(HttpPhases.BetweenRequests, began, now)
                || _stages.RelayClock.Judge(_record.Traffic, began, now, _stages.Time) != EndReason.None:
                Interrupt(EndReason.IdleTimeout);
                break;
            // A client that does not take what it is told
            case HttpPhase.Authorizing or HttpPhase.Exchanging when _stages.RelayClock.Judge(_record.Traffic, began, now, _stages.Time) is var silent and not EndReason.None:
                end(silent);
                break;
        }
    }

    /// <summary>Has the origin of the request that is under way looked at: one that acknowledges nothing any more is given up. Any thread.</summary>
    public void CheckOrigin()
    {
        if (_origin is { } origin) origin.Leg.CheckPeer(AckWatch.Limit, static vanished => ((OriginConnection)vanished).Vanish(), origin);
    }

    private async ValueTask<EndReason> ServeAsync()
    {
        while (true)
        {
            var (head, end, refusal) = await ReadHeadAsync();
            if (refusal.IsRefused)
            {
                // What this refuses was no request yet, except where its head was whole
                _last = EndReason.None;
                await RefuseAsync(refusal, toHead: false, closes: true);
            }
            if (end != EndReason.None) return end;
            using var request = head;
            var kept = await AnswerAsync(request);
            _requests++;
            _record.Answered();
            if (_cut) return _last;
            if (!kept) return request.Head.Closes || !IsLeaving ? EndReason.ClientFin : Leaving;
        }
    }

    private async ValueTask<(RequestMessage Request, EndReason End, HttpRefusal Refusal)> ReadHeadAsync()
    {
        _phases.Enter(HttpPhase.Idle);
        // Its first request is served, as that of every connection that was accepted before
        if (_leavesAtOnce && _requests > 0) Interrupt(Leaving);
        await _input.SettleAsync();
        while (true)
        {
            if ((EndReason)Volatile.Read(ref _interrupt) is var early and not EndReason.None && !_input.HasFinished) return Ended(early);
            var read = await _input.ReadAsync();
            var interrupt = (EndReason)Volatile.Read(ref _interrupt);
            if (read.IsCanceled && interrupt != EndReason.None && (read.Buffer.IsEmpty || interrupt != Leaving))
            {
                _input.Advance(read, read.Buffer.Start, read.Buffer.End);
                return Ended(interrupt);
            }
            // Empty lines between requests are no beginning of one
            var start = RequestHead.SkipEmptyLines(read.Buffer);
            var rest = read.Buffer.Slice(start);
            var parsed = RequestHead.Read(rest);
            switch (parsed.Status)
            {
                case ParseStatus.Done:
                    var request = RequestMessage.Of(parsed.Value, rest);
                    _input.Advance(read, parsed.Consumed, parsed.Consumed);
                    return (request, EndReason.None, default);
                case ParseStatus.Invalid:
                    _input.Advance(read, start, read.Buffer.End);
                    return (default, HttpRefusal.Of(parsed.Fault).End, HttpRefusal.Of(parsed.Fault));
            }
            if (!rest.IsEmpty && _phases.IsIdle) _phases.Enter(HttpPhase.Head);
            _input.Advance(read, start, read.Buffer.End);
            if (!read.IsCompleted) continue;
            var broken = HttpRefusal.Bad("The request ends in the middle of its head.");
            return rest.IsEmpty ? (default, EndReason.ClientFin, default) : (default, broken.End, broken);
        }

        static (RequestMessage, EndReason, HttpRefusal) Ended(EndReason reason) =>
            (default, reason, reason == EndReason.HandshakeTimeout ? HttpRefusal.Of(reason) : default);
    }

    /// <summary>Answers one request.</summary>
    /// <returns>Whether another one may follow.</returns>
    private async ValueTask<bool> AnswerAsync(RequestMessage request)
    {
        _phases.Enter(HttpPhase.Authorizing);
        _last = EndReason.None;
        var asked = await _authorization.CheckAsync(request, _isServing ? null : _context.Handshake);
        if (asked.Target is not { } target) return await RefuseAsync(asked.Refusal, request);

        var grant = _lease.Grant with { Login = asked.Login, Target = target.Destination };
        using var granted = new GrantedRequest(_lease, grant, asked.Rules, _stop);
        _granted = granted;
        _phases.Enter(HttpPhase.Dialing);
        var (origin, end) = await _origins.GetAsync(granted, target.Destination);
        _phases.Enter(HttpPhase.Exchanging);
        if (RevokedBy(granted) is { } rule)
        {
            origin?.Close();
            return await ForbidAsync(rule, request, hasBegun: false);
        }
        if (origin is null) return end == EndReason.ClientReset ? Cut(end) : await RefuseAsync(HttpRefusal.Of(end), request);
        return await ExchangeAsync(request, target, origin, granted);
    }

    private async ValueTask<bool> ExchangeAsync(RequestMessage request, AbsoluteForm target, OriginConnection origin, GrantedRequest granted)
    {
        _origin = origin;
        if (Volatile.Read(ref _rate) is var rate and > 0) origin.Leg.Pace(rate);
        var exchange = new HttpExchange(_client, _input, request, origin, _record.Traffic, _stages.Time, () => IsLeaving);
        _exchange = exchange;
        ExchangeEnd done;
        // Rules that forbid it by now end it at its origin's side; what the client hears depends on how far its answer has got
        await using (granted.Stop.UnsafeRegister(static state => ((OriginConnection)state!).Abort(), origin)) done = await exchange.RunAsync(target);
        if (done.IsTunnel) return await TunnelAsync(origin, granted);
        if (done.KeepsOrigin) origin.Park();
        else origin.Close();
        (_origin, _exchange) = (null, null);
        if (exchange.ClientFault is { } fault) return Cut(fault.OfClient());
        if (done.End != EndReason.None && RevokedBy(granted) is { } rule) return await ForbidAsync(rule, request, done.HasBegun);
        _last = done.End;
        if (done.End == EndReason.None) return !done.Closes && !_lease.IsRevoked;
        if (done.HasBegun) return Cut(done.End);
        var refusal = done.End == EndReason.BadRequest
            ? HttpRefusal.Bad("The body ends before its framing says so, or is not framed as RFC 9112 has it.")
            : HttpRefusal.Of(done.End);
        return await RefuseAsync(refusal, request.IsHead, refusal.Closes || done.Closes || request.Head.Closes);
    }

    private bool IsLeaving => Leaving != EndReason.None;

    private EndReason Leaving => (EndReason)Volatile.Read(ref _leaving);

    private string? RevokedBy(GrantedRequest granted) => _lease.RevokedBy ?? granted.Lease.RevokedBy;

    private async ValueTask<bool> ForbidAsync(string rule, RequestMessage request, bool hasBegun)
    {
        _record.Forbidden(rule);
        if (hasBegun || _cut) return Cut(EndReason.NowForbidden);
        return await RefuseAsync(new HttpRefusal(403, EndReason.NowForbidden, "", _lease.IsRevoked), request);
    }

    /// <summary>Both sides speak another protocol now: from here on it is a relay like any other.</summary>
    private async ValueTask<bool> TunnelAsync(OriginConnection origin, GrantedRequest granted)
    {
        await _input.LeaveAsync();
        origin.HandOver();
        _retiring?.Dispose();
        var relayed = await _context.RelayAsync(origin.Leg, granted.Lease, granted.Stop);
        origin.LeavePlace();
        if (RevokedBy(granted) is { } rule) _record.Forbidden(rule);
        return Cut(RevokedBy(granted) is null ? relayed.Reason() : EndReason.NowForbidden);
    }

    /// <summary>The first whole request makes it a session, unless a limit refuses that.</summary>
    private EndReason Admit()
    {
        if (_isAdmitted) return EndReason.None;
        var refused = _context.Admit(null);
        _isAdmitted = refused == EndReason.None;
        _isServing = true;
        _context.Enter(new ServingPhase(this, _context));
        if (_isAdmitted) _retiring = _stages.Retiring?.Enter(new RetiringHttp(_stages.Retiring, this, _context.End));
        return refused;
    }
}
