using System.Net.Sockets;
using Socks5Egress.Transport.Relay;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// Two legs of one loop joined, without pipes: what one says goes to the other, each direction by itself, until both have sent FIN or
/// one breaks. It is its own task, completed on the loop. Everything but the constructor runs on the loop's thread.
/// </summary>
/// <remarks>
/// When a side breaks, what had arrived from it is passed on as far as the other side takes it at once; then that side is reset.
/// Waiting longer would keep a dead session for a reader that may never come back.
/// </remarks>
internal sealed class EpollRelay : TaskCompletionSource<RelayOutcome>
{
    private enum State : byte
    {
        Running,
        Failing,
        Ended,
    }

    private readonly EpollLeg _client, _target;
    private readonly TlsLeg? _inside;
    private readonly RelayDirection _up, _down;
    private readonly CancellationToken _stop;
    private CancellationTokenRegistration _registration;
    private RelayClose _firstFin;
    private State _state;

    private EpollRelay(EpollLeg client, EpollLeg target, TlsLeg? inside, Traffic traffic, CancellationToken stop)
    {
        (_client, _target, _inside, _stop, Traffic) = (client, target, inside, stop, traffic);
        _up = new RelayDirection(this, client, target, inside?.Records, isUp: true);
        _down = new RelayDirection(this, target, client, inside?.Records, isUp: false);
    }

    public Traffic Traffic { get; }

    public bool HasEnded => _state == State.Ended;

    /// <summary>Begins one, when both legs are of one loop; see <see cref="ILeg.TryRelay"/>.</summary>
    /// <param name="client">The connection to the client.</param>
    /// <param name="inside">What is wrapped around it, where that is relayed: a leg whose records are known; or null.</param>
    /// <param name="target">The other leg.</param>
    /// <param name="traffic">Counts and times.</param>
    /// <param name="stop">Resets both sides.</param>
    public static Task<RelayOutcome>? TryStart(EpollLeg client, TlsLeg? inside, ILeg target, Traffic traffic, CancellationToken stop)
    {
        if (target is not EpollLeg other || other.Loop != client.Loop) return null;
        var relay = new EpollRelay(client, other, inside, traffic, stop);
        client.Loop.Schedule(static s => ((EpollRelay)s!).Start(), relay);
        return relay.Task;
    }

    private void Start()
    {
        _inside?.LeavePipes(_up.Send);
        if (HasEnded) return;
        _client.EnterRelay(this, _up);
        _target.EnterRelay(this, _down);
        if (HasEnded) return;
        if (_client.Closed || _target.Closed)
        {
            Stop();
            return;
        }

        _registration = _stop.UnsafeRegister(
            static s => ((EpollRelay)s!)._client.Loop.Schedule(static s => ((EpollRelay)s!).Stop(), s), this);
        OnReady(_client);
        OnReady(_target);
    }

    /// <summary>One of the legs has become readable or writable, or broke.</summary>
    public void OnReady(EpollLeg leg)
    {
        var (from, towards) = leg == _client ? (_up, _down) : (_down, _up);
        if (towards.Holds) towards.Run();
        from.Run();
        if (leg.Broken && !HasEnded) Fail(leg, leg.TakeError());
    }

    /// <summary>A direction has come to its FIN. The second one needs no call of its own: the close that follows it is a FIN as well.</summary>
    public void OnFin(RelayDirection direction)
    {
        if (_firstFin == RelayClose.Stopped) _firstFin = direction == _up ? RelayClose.ClientFin : RelayClose.TargetFin;
        if (_up.Ended && _down.Ended && _state == State.Running) End(_firstFin, SocketError.Success, resetClient: false, resetTarget: false);
        else direction.SendFin();
    }

    /// <summary>
    /// A call on <paramref name="broken"/> gave an error. Such a call takes the error off the socket, so no event will tell the
    /// other direction: both end here.
    /// </summary>
    public void Fail(EpollLeg broken, SocketError error)
    {
        if (_state != State.Running) return;
        _state = State.Failing;
        var isClient = broken == _client;
        _client.LiftBudget();
        _target.LiftBudget();
        (isClient ? _up : _down).Run();
        var timedOut = error == SocketError.TimedOut;
        End(
            isClient
                ? timedOut ? RelayClose.ClientTimedOut : RelayClose.ClientReset
                : timedOut ? RelayClose.TargetTimedOut : RelayClose.TargetReset,
            error == SocketError.Shutdown ? SocketError.ConnectionReset : error,
            resetClient: !isClient,
            resetTarget: isClient);
    }

    /// <summary>The client broke TLS, or somebody on the way did: the target gets no end in order.</summary>
    public void FailRecords(RelayClose close)
    {
        if (_state == State.Running) End(close, SocketError.ConnectionReset, resetClient: false, resetTarget: true);
    }

    /// <summary>The client takes nothing of what its own bytes make the TLS library say.</summary>
    public bool IsFull => _down.IsFull;

    /// <summary>What the TLS library says by itself goes behind what the client has been sent.</summary>
    public void SendAnswers() => _down.SendAnswers();

    /// <summary>Resets both sides.</summary>
    public void Stop()
    {
        if (!HasEnded) End(RelayClose.Stopped, SocketError.Success, resetClient: true, resetTarget: true);
    }

    /// <summary>See <see cref="Socks5Egress.Transport.ILeg.TryEndSilent"/>. What comes between the look and the close is unread then, and the close a reset.</summary>
    public SilentEnd TryEndSilent(long flowed, byte cause)
    {
        if (HasEnded) return SilentEnd.Done;
        if (_state != State.Running || Traffic.Flowed != flowed || !_up.HasNothing || !_down.HasNothing) return SilentEnd.Busy;
        _down.SendCloseNotify();
        if (HasEnded) return SilentEnd.Done;
        End(RelayClose.Silent, SocketError.Success, resetClient: false, resetTarget: false, cause);
        return SilentEnd.Done;
    }

    private void End(RelayClose close, SocketError error, bool resetClient, bool resetTarget, byte cause = 0)
    {
        _state = State.Ended;
        _registration.Unregister();
        // A reset drops what is queued
        if (resetClient || resetTarget) Traffic.Undelivered(_target.Unacknowledged, _client.Unacknowledged);
        _up.Release();
        _down.Release();
        _client.Close(resetClient);
        _target.Close(resetTarget);
        SetResult(new RelayOutcome(close, error, cause));
    }
}
