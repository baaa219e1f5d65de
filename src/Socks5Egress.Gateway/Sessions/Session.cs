using System.Net;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Handshake.Tls;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>
/// The spine: one connection from accept to log line. It identifies the client, secures the connection, negotiates, admits, runs the command, relays
/// and accounts for it. It alone knows that order, and it alone writes the record.
/// </summary>
internal sealed class Session : ILiveSession, ISessionControl, IGranted
{
    private readonly SessionServices _services;
    private readonly SessionTable _table;
    private readonly CommandTable _commands;
    private readonly ICommand? _handler;
    private readonly Lease _lease;
    private readonly CancellationTokenSource _stop = new();
    private Action<EndReason>? _end;
    private ILeg _client;
    private volatile IPhase _phase;
    private int _ended;
    private SessionLease _admitted;
    private Hairpins.Passage? _passage;
    private IPEndPoint? _entrance;
    private WarmPlace _warm;

    public Session(
        SessionServices services, SessionTable table, CommandTable commands, int listener, SessionRecord record, ILeg client, ICommand? handler = null)
    {
        (_services, _table, _commands, _handler, _client) = (services, table, commands, handler, client);
        Record = record;
        Source = ClientPrefix.Of(client.RemoteEndPoint.Address);
        _phase = Phase(SessionPhase.Negotiating, services.HandshakeTimeout, EndReason.HandshakeTimeout);
        _lease = services.Rules.Register(new Grant(listener), this);
    }

    public SessionRecord Record { get; }

    public ClientPrefix Source { get; private set; }

    public SessionPhase Stage => _phase.Name;

    /// <summary>What it was granted so far, and why.</summary>
    public Grant Grant => _lease.Grant;

    /// <summary>Serves the connection. Never throws; the connection is closed and accounted for when it ends.</summary>
    public async Task RunAsync()
    {
        var end = EndReason.InternalError;
        try
        {
            var served = await ServeAsync();
            if (served.Pending is { } request)
            {
                // Here and in no method of its own, which would be kept as long as the wait
                var waits = _warm.TryEnter(_services, _table, this);
                var isAsked = true;
                try
                {
                    if (waits) isAsked = await WaitAsync();
                }
                finally
                {
                    if (waits) _warm.Leave(_services, _table, this);
                }
                served = await ResumeAsync(request, waits, isAsked);
            }
            end = served.End;
            if (served.Target is { } target)
            {
                await using (target) end = (await Relay.RunAsync(_client, target.Leg, Record.Traffic, _services.Time, _stop.Token)).Reason();
            }
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            end = fault.OfClient();
        }
        catch (Exception exception)
        {
            Log.SessionFault(_services.Logger, Record.Id, exception);
        }
        finally
        {
            _lease.Dispose();
            await _client.DisposeAsync();
            _passage?.Dispose();
            end = OwnReasonOr(end);
            // Else what has ended is one request of it, whose rule stands in the record
            if (end == EndReason.NowForbidden && _lease.RevokedBy is { } rule) Record.Forbidden(rule);
            Record.Ended(end);
            _services.Meters.Count(Record);
            SessionLog.Ended(_services.Logger, Record);
            // Last: the process may end as soon as no session is left, and the line has to be out by then
            _table.Admittance.Leave(_admitted);
            _table.Remove(this);
        }
    }

    /// <summary>Everything up to the relay, or up to the wait for a request: a session that only carries bytes or only waits keeps nothing of it.</summary>
    private async ValueTask<CommandEnd> ServeAsync()
    {
        var asked = await AskAsync();
        return asked.Pending is { } pending ? CommandEnd.Waits(pending) : await CarryOutAsync(asked);
    }

    /// <summary>From the request that was waited for to the relay.</summary>
    private async ValueTask<CommandEnd> ResumeAsync(IPendingRequest request, bool hasWaited, bool isAsked) =>
        await CarryOutAsync(isAsked ? await request.ReadAsync(_client, _lease, hasWaited, _stop.Token) : request.GivenUp);

    private ValueTask<bool> WaitAsync()
    {
        var waiting = _client.WaitForInputAsync();
        // It ended before there was a wait to end
        if (_stop.IsCancellationRequested) _client.EndWait();
        return waiting;
    }

    /// <summary>Who the client is, TLS where the listener has it, then what the client asks for, unless its listener says that.</summary>
    private async ValueTask<NegotiationResult> AskAsync()
    {
        _passage = _services.Hairpins.Arrive(_client.RemoteEndPoint, _client.DialedEndPoint, static lease => ((Lease)lease).Revoke(RuleNames.OwnListener), _lease);
        if (_passage is null)
        {
            _lease.Revoke(RuleNames.OwnListener);
            return NegotiationResult.Ended(EndReason.NowForbidden);
        }
        var identity = await ClientIdentity.ReadAsync(_client, _lease, _stop.Token);
        _entrance = identity.Entrance;
        Identified(identity.Client);
        if (identity.End != EndReason.None) return NegotiationResult.Ended(identity.End);

        var rules = _lease.Rules;
        var secured = await TlsHandshake.AcceptAsync(_client, _lease.ListenerOf(rules), _stop.Token);
        if (secured.Leg is not { } leg) return NegotiationResult.Ended(secured.End);
        _client = leg;
        if (!_lease.Hold(_lease.Grant with { Login = secured.Login, IsPlain = _lease.ListenerOf(rules).Tls is null }, rules))
            return NegotiationResult.Ended(EndReason.NowForbidden);
        if (_handler is not null) return Negotiator.WithoutAsking(_lease, _handler.Protocol);
        var asked = await Negotiator.AskAsync(leg, _lease, new HandshakeDeadline(_services, this), _stop.Token);
        if (asked.Protocol is null) return asked;
        // What came back here has sent nothing before its other end was entered
        _passage.Dispose();
        _passage = null;
        return asked;
    }

    private async ValueTask<CommandEnd> CarryOutAsync(NegotiationResult asked)
    {
        var login = _lease.Grant.Login;
        Record.LoggedIn(login?.User, login?.Kind, login?.Subject);
        Record.Protocol = asked.Protocol;
        Record.RefusedToken(asked.TokenFault);
        if (asked.End != EndReason.None) return CommandEnd.Done(await CloseAsync(asked.Replier, asked.End));

        var command = _handler ?? _commands[asked.Request.Command];
        Record.Command = command.Name;
        var context = new CommandContext(this)
        {
            Services = _services, Lease = _lease, Client = _client, Identity = new ClientIdentity(Record.Client, _entrance!, EndReason.None),
            Target = asked.Request.Destination, Reply = asked.Replier!, Report = Record,
        };
        var refused = command.AdmitsItself ? EndReason.None : Admit(context.Target);
        var done = refused == EndReason.None ? await command.RunAsync(context) : CommandEnd.Refused(refused);
        return done.Closing == Closing.Nothing ? done : CommandEnd.Done(await CloseAsync(done.Closing == Closing.Refusal ? asked.Replier : null, done.End));
    }

    private async ValueTask<EndReason> CloseAsync(IReplyWriter? reply, EndReason reason)
    {
        var end = OwnReasonOr(reason);
        Enter(Phase(SessionPhase.Closing, TimeSpan.Zero, EndReason.None));
        await LingeringClose.SayAsync(_client, reply, end, _services.Time, _table.Lingering);
        return end;
    }

    /// <summary>Replaces the client address that logs, rules and limits see.</summary>
    private void Identified(IPEndPoint client)
    {
        if (client == Record.Client) return;
        (Record.Client, var from) = (client, Source);
        Source = ClientPrefix.Of(client.Address);
        _table.Named(this, from);
    }

    /// <inheritdoc/>
    public EndReason Admit(Destination? target)
    {
        if (_admitted.Counted) return EndReason.None;
        if (target is { } known)
        {
            Record.Target = known;
            Enter(Phase(SessionPhase.Dialling, _services.ConnectTimeout, EndReason.ConnectTimeout));
        }
        Record.Requested();
        _table.Asked(this);
        var (rules, user) = (_services.Rules.Now, Record.User);
        return _table.Admittance.Enter(rules.Limits, user, rules.SessionsOf(user), Record.Client.Address, out _admitted, rules.RateOf(user));
    }

    /// <inheritdoc/>
    public void End(EndReason reason)
    {
        if (Interlocked.CompareExchange(ref _ended, (int)reason, (int)EndReason.None) != (int)EndReason.None) return;
        // Whoever ends it, a sweep or another session, has others to care for: what follows the cancellation runs elsewhere, and what a callback
        // throws is reported and goes no further
        _client.Elsewhere.Schedule(static s => ((Session)s!).Stop(), this);
    }

    private void Stop()
    {
        _services.Supervisor.Cancel("the end of a session", _stop);
        if (Stage == SessionPhase.Warm) _client.EndWait();
    }

    public void Revoke() => End(EndReason.NowForbidden);

    public void CheckDeadline(long now)
    {
        // A connection that only waits makes no delegate
        var phase = _phase;
        if (phase.IsToBeChecked(now)) phase.CheckDeadline(now, Ending);
    }

    public void CheckPeers(long now)
    {
        // What waits has nothing in flight
        if (Stage != SessionPhase.Warm) _phase.CheckPeers(now, Ending);
    }

    public void Drain(long now, TimeSpan gone, TimeSpan window)
    {
        if (DrainSchedule.HasCome(Record.Number, gone, window)) _phase.CloseIfIdle(now);
    }

    private Action<EndReason> Ending => _end ??= End;

    CancellationToken ISessionControl.Stop => _stop.Token;

    Action<EndReason> ISessionControl.End => Ending;

    bool ISessionControl.IsEnding => OwnReasonOr(EndReason.None) != EndReason.None;

    EndReason ISessionControl.Ending => OwnReasonOr(EndReason.None);

    IHandshakeDeadline ISessionControl.Handshake => new HandshakeDeadline(_services, this);

    IPhase ISessionControl.Phase => _phase;

    void ISessionControl.CheckDeadline() => CheckDeadline(_services.Time.GetTimestamp());

    IAsyncDisposable ISessionControl.WatchReset() => _client.WatchReset(_stop);

    /// <inheritdoc/>
    public void Enter(IPhase phase)
    {
        var before = _phase;
        _phase = phase;
        if (phase.IsUnhurried != before.IsUnhurried) _table.Hurry(this, before.IsUnhurried);
    }

    /// <summary>The deadline stays; what took too long is another.</summary>
    public void BlameDeadlineOn(EndReason reason)
    {
        if (_phase is TimedPhase timed) Enter(timed.OverBy(reason));
    }

    private TimedPhase Phase(SessionPhase name, TimeSpan limit, EndReason over) => new(name, limit, over, _services.Time);

    /// <summary>The gateway's own reason goes first. A stop without one is the client's reset, seen while the target was dialled.</summary>
    private EndReason OwnReasonOr(EndReason otherwise) => (EndReason)Volatile.Read(ref _ended) switch
    {
        EndReason.None when _stop.IsCancellationRequested => EndReason.ClientReset,
        EndReason.None => otherwise,
        var own => own,
    };
}
