using System.Net;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Commands.Bind;
using Socks5Egress.Gateway.Commands.HttpProxy;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Commands.UdpAssociate;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Handshake.Tls;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway;

/// <summary>
/// The spine: one connection from accept to log line. It alone knows the order of the stages; each stage returns a value and
/// calls no other.
/// </summary>
internal sealed class Session : IGranted
{
    private readonly SessionServices _stages;
    private readonly Lease _lease;
    private ILeg _client;
    private readonly CancellationTokenSource _stop = new();
    private long _stageBegan;
    private volatile SessionPhase _stage;
    private int _ended;
    private SessionLease _admitted;
    private volatile ILeg? _target;
    private SilenceWatch? _silence;
    private volatile HttpProxyConnection? _http;
    private Hairpins.Passage? _passage;

    public Session(SessionServices stages, int listener, SessionRecord record, ILeg client)
    {
        _stages = stages;
        _client = client;
        Record = record;
        Source = ClientPrefix.Of(client.RemoteEndPoint.Address);
        Enter(SessionPhase.Negotiating);
        _lease = stages.Rules.Register(new Grant(listener), this);
    }

    /// <summary>What is known of it so far.</summary>
    public SessionRecord Record { get; }

    /// <summary>What its handshake is counted under.</summary>
    public ClientPrefix Source { get; private set; }

    /// <summary>Its place among the pending handshakes.</summary>
    public LinkedListNode<Session>? Pending { get; set; }

    /// <summary>What it was granted so far, and why.</summary>
    public Grant Grant => _lease.Grant;

    /// <summary>Where it is.</summary>
    public SessionPhase Stage => _stage;

    /// <summary>Serves the connection. Never throws; the connection is closed and accounted for when it ends.</summary>
    public async Task RunAsync()
    {
        var end = EndReason.InternalError;
        try
        {
            end = await ServeAsync();
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            end = fault switch
            {
                LegFault.TimedOut => EndReason.ClientTimedOut,
                LegFault.Truncated => EndReason.ClientTruncated,
                _ => EndReason.ClientReset,
            };
        }
        catch (Exception exception)
        {
            Log.SessionFault(_stages.Logger, Record.Id, exception);
        }
        finally
        {
            _lease.Dispose();
            await _client.DisposeAsync();
            _passage?.Dispose();
            end = Ended(end);
            if (end == EndReason.NowForbidden) Record.Forbidden(_lease.RevokedBy);
            Record.Ended(end);
            _stages.Meters.Count(Record);
            Log.SessionEnded(_stages.Logger, Record);
            // Last: the process may end as soon as nobody is here, and the line has to be out by then
            _stages.Sessions.Admittance.Leave(_admitted);
            _stages.Sessions.Remove(this);
        }
    }

    /// <summary>Ends it for a reason of the gateway's own, or the client's reset. Any thread; the first reason wins.</summary>
    public void End(EndReason reason)
    {
        if (Interlocked.CompareExchange(ref _ended, (int)reason, (int)EndReason.None) != (int)EndReason.None) return;
        // Whoever ends it, a sweep or another session, has others to care for: what follows the cancellation runs elsewhere, and what a callback
        // throws is reported and goes no further
        _client.Elsewhere.Schedule(static s => ((Session)s!).Stop(), this);
    }

    /// <inheritdoc/>
    public void Revoke() => End(EndReason.NowForbidden);

    /// <summary>Closes it in order when it is idle and its moment has come.</summary>
    /// <param name="now">The present timestamp.</param>
    /// <param name="gone">Since the drain began.</param>
    /// <param name="window">How long sessions may go on.</param>
    public void Drain(long now, TimeSpan gone, TimeSpan window)
    {
        if (_stage != SessionPhase.Relaying || _target is not { } target) return;
        if (!DrainSchedule.HasCome(Record.Number, gone, window) || !DrainSchedule.IsIdle(Record.Traffic, Volatile.Read(ref _stageBegan), now, _stages.Time)) return;
        var began = Volatile.Read(ref _stageBegan);
        // On the thread of the relay nothing can flow between the judgement and the end
        _client.Scheduler.Schedule(_ => DrainSchedule.EndIfIdle(_client, target, Record.Traffic, began, _stages.Time), null);
    }

    /// <summary>Ends it when its stage has taken too long or nothing has flowed for too long.</summary>
    /// <param name="now">The present timestamp.</param>
    public void Judge(long now)
    {
        // The stage is read before its beginning and written after it: a torn pair can only be too late, never too early
        var stage = _stage;
        var began = Volatile.Read(ref _stageBegan);
        var reason = stage switch
        {
            SessionPhase.Negotiating when Over(_stages.HandshakeTimeout) => EndReason.HandshakeTimeout,
            SessionPhase.Dialling when Over(_stages.ConnectTimeout) => EndReason.ConnectTimeout,
            SessionPhase.AwaitingPeer when Over(BindCommand.Limit) => EndReason.PeerTimeout,
            SessionPhase.Associating => UdpAssociation.Clock.Judge(Record.Traffic, began, now, _stages.Time),
            _ => EndReason.None,
        };
        if (reason != EndReason.None) End(reason);
        else if (stage == SessionPhase.Relaying && _target is null && _http is { } http)
        {
            http.CheckDeadlines(now, End);
        }
        else if (stage == SessionPhase.Relaying)
        {
            _silence ??= new SilenceWatch(_client, _target, Record.Traffic, _stages.RelayClock, began, _stages.Time);
            _silence.Judge(now, End);
        }

        bool Over(TimeSpan most) => most > TimeSpan.Zero && _stages.Time.GetElapsedTime(began, now) >= most;
    }

    /// <summary>Has both connections look whether their peers still acknowledge what is sent to them; ends it when one has vanished.</summary>
    /// <param name="now">The present timestamp.</param>
    public void CheckPeers(long now)
    {
        if (_stage != SessionPhase.Relaying) return;
        var last = Math.Max(Record.Traffic.LastUp, Record.Traffic.LastDown);
        if (last == 0 || _stages.Time.GetElapsedTime(last, now) > AckWatch.Horizon) return;
        _client.CheckPeer(AckWatch.Limit, static session => ((Session)session).End(EndReason.ClientTimedOut), this);
        _target?.CheckPeer(AckWatch.Limit, static session => ((Session)session).End(EndReason.TargetTimedOut), this);
        _http?.CheckOrigin();
    }

    private void Stop() => _stages.Supervisor.Cancel("the end of a session", _stop);

    private async ValueTask<EndReason> ServeAsync()
    {
        _passage = _stages.Hairpins.Arrive(_client.RemoteEndPoint, _client.DialedEndPoint, () => _lease.Revoke(RuleNames.OwnListener));
        if (_passage is null)
        {
            _lease.Revoke(RuleNames.OwnListener);
            return EndReason.NowForbidden;
        }
        var introduced = await ClientIdentity.ReadAsync(_client, _lease, _stop.Token);
        Name(introduced.Client);
        var asked = introduced.End == EndReason.None ? await AskAsync() : NegotiationResult.Ended(introduced.End);
        using var forward = asked.Forward;
        // What came back here has sent nothing before its other end was entered
        if (asked is { Protocol: not null, Forward: null }) _passage.Dispose();
        var login = _lease.Grant.Login;
        Record.LoggedIn(login?.User, login?.Kind, login?.Subject);
        Record.Protocol = asked.Protocol;
        if (asked is { End: EndReason.None, Request.Command: EgressCommand.Http }) return await ForwardHttpAsync();
        if (asked is { End: EndReason.None, Request.Command: EgressCommand.UdpAssociate }) return await AssociateAsync(asked);
        var dialled = asked.End == EndReason.None ? await ReachAsync(asked, introduced) : new DialResult(null, asked.End);
        if (dialled.Leg is not null && Ended(EndReason.None) != EndReason.None) dialled = await DropAsync(dialled);
        if (dialled.Leg is not { } target) return await RefuseAsync(asked.Replier, dialled.End);

        using (dialled.Place)
        await using (target)
        {
            _target = target;
            asked.Replier!.Succeeded(_client.Output, asked.Request.Command == EgressCommand.Bind ? target.RemoteEndPoint : target.LocalEndPoint);
            await _client.Output.FlushAsync(_stop.Token);
            Enter(SessionPhase.Relaying);
            var relayed = await Relay.RunAsync(_client, target, Record.Traffic, _stages.Time, _stop.Token);
            return relayed.Reason();
        }
    }

    /// <summary>Whom logs, rules and limits see from here on.</summary>
    private void Name(IPEndPoint client)
    {
        if (client == Record.Client) return;
        (Record.Client, var from) = (client, Source);
        Source = ClientPrefix.Of(client.Address);
        _stages.Sessions.Named(this, from);
    }

    /// <summary>TLS where the listener has it, then whatever the first bytes announce.</summary>
    private async ValueTask<NegotiationResult> AskAsync()
    {
        var rules = _lease.Rules;
        var secured = await TlsHandshake.AcceptAsync(_client, _lease.ListenerOf(rules), _stop.Token);
        if (secured.Leg is not { } leg) return NegotiationResult.Ended(secured.End);
        _client = leg;
        return _lease.Hold(_lease.Grant with { Login = secured.Login, IsPlain = _lease.ListenerOf(rules).Tls is null }, rules)
            ? await Negotiator.AskAsync(leg, _lease, _stop.Token)
            : NegotiationResult.Ended(EndReason.NowForbidden);
    }

    /// <summary>The session ended, for a reason of its own, in the moment when its target was reached: that is not answered with success.</summary>
    private static async ValueTask<DialResult> DropAsync(DialResult dialled)
    {
        dialled.Place?.Dispose();
        await dialled.Leg!.DisposeAsync();
        return new DialResult(null, EndReason.InternalError);
    }

    private async ValueTask<EndReason> RefuseAsync(IReplyWriter? replier, EndReason reason)
    {
        var end = Ended(reason);
        Enter(SessionPhase.Closing);
        await LingeringClose.SayAsync(_client, replier, end, _stages.Time);
        return end;
    }

    /// <summary>Gives the connection to HTTP, where every request is judged and dialled for on its own.</summary>
    private async ValueTask<EndReason> ForwardHttpAsync()
    {
        Record.Command = "http";
        _http = new HttpProxyConnection(_stages, _lease, Record, _client, AdmitHttp, target => _target = target, _stop.Token);
        var served = await _stages.Http.ServeAsync(_http);
        Enter(SessionPhase.Closing);
        if (!served.Cut) await LingeringClose.SayAsync(_client, null, served.End, _stages.Time);
        return served.End;
    }

    /// <summary>The first whole request of an HTTP connection makes it a session.</summary>
    private EndReason AdmitHttp()
    {
        if (_admitted.Counted) return EndReason.None;
        var refused = Admit();
        Enter(SessionPhase.Relaying);
        return refused;
    }

    /// <summary>Datagrams instead of a target: no dialling, and another way to relay.</summary>
    private async ValueTask<EndReason> AssociateAsync(NegotiationResult asked)
    {
        var refused = Admit(asked.Request);
        var (association, end) = refused == EndReason.None ? UdpAssociation.Open(_stages, _lease, asked.Request.Destination, Record, _client) : (null, refused);
        if (association is null) return await RefuseAsync(asked.Replier, end);
        await using (association)
        {
            asked.Replier!.Succeeded(_client.Output, association.Bound);
            await _client.Output.FlushAsync(_stop.Token);
            Enter(SessionPhase.Associating);
            return await association.RunAsync(_stop.Token);
        }
    }

    /// <summary>From a request to a connected target. A client that resets meanwhile cancels it.</summary>
    private async ValueTask<DialResult> ReachAsync(NegotiationResult asked, ClientIdentity introduced)
    {
        var refused = Admit(asked.Request);
        if (refused != EndReason.None) return new DialResult(null, refused);
        if (asked.Request.Command == EgressCommand.Bind)
        {
            return await BindCommand.RunAsync(
                _stages, new TargetRequest(_lease, asked.Request.Destination), Record, _client, asked.Replier!, () => Enter(SessionPhase.AwaitingPeer), _stop.Token);
        }
        await using var watch = _client.WatchReset(_stop);
        var dialled = asked.Forward is { } forward
            ? await forward.ReachAsync(DialAsync, _client, introduced, _stages.ConnectTimeout, _stages.Time, _stop.Token)
            : await DialAsync(asked.Request.Destination, _stop.Token);
        // A connection that comes after its deadline is none, though nobody has judged the deadline yet
        Judge(_stages.Time.GetTimestamp());
        if (dialled.Leg is not { } late || Ended(EndReason.None) == EndReason.None) return dialled;
        await late.DisposeAsync();
        dialled.Place?.Dispose();
        return new DialResult(null, EndReason.ConnectTimeout);
    }

    private EndReason Admit(in EgressRequest request)
    {
        (Record.Command, Record.Target) = (request.Command.ToString().ToLowerInvariant(), request.Destination);
        Enter(SessionPhase.Dialling);
        return Admit();
    }

    /// <summary>From here on it counts as a session, unless a limit refuses it.</summary>
    private EndReason Admit()
    {
        Record.Requested();
        _stages.Sessions.Asked(this);
        var rules = _stages.Rules.Now;
        return _stages.Sessions.Admittance.Enter(rules.Limits, Record.User, rules.SessionsOf(Record.User), Record.Client.Address, out _admitted);
    }

    private ValueTask<DialResult> DialAsync(Destination destination, CancellationToken cancellation)
    {
        Record.Target = destination;
        return TargetConnector.DialAsync(_stages, new TargetRequest(_lease, destination), Record, _client, cancellation);
    }

    /// <summary>The gateway's own reason goes first. A stop without one is the client's reset, seen while the target was dialled.</summary>
    private EndReason Ended(EndReason otherwise) => (EndReason)Volatile.Read(ref _ended) switch
    {
        EndReason.None when _stop.IsCancellationRequested => EndReason.ClientReset,
        EndReason.None => otherwise,
        var own => own,
    };

    private void Enter(SessionPhase stage)
    {
        Volatile.Write(ref _stageBegan, _stages.Time.GetTimestamp());
        _stage = stage;
    }
}
