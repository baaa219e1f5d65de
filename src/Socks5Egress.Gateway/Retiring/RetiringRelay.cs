using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>A session that carries bytes between two legs.</summary>
/// <param name="all">Where it is entered.</param>
/// <param name="lease">What it was granted.</param>
/// <param name="asked">The target as the client said it; null where it was not asked.</param>
/// <param name="client">The client.</param>
/// <param name="target">The target.</param>
/// <param name="traffic">What has flowed.</param>
/// <param name="reset">Ends it where it cannot end in order.</param>
internal sealed class RetiringRelay(
    RetiringSessions all, Lease lease, Destination? asked, ILeg client, ILeg target, Traffic traffic, Action<EndReason> reset)
    : RetiringSession(all, all.Time.GetTimestamp())
{
    /// <summary>How long a pause is waited for, once its time is over. A stream that has none is reset: an end in order would make a part look whole.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time = all.Time;
    private volatile Flight? _flight;
    private EndReason _reason;
    private TimeSpan? _quiet;
    private long _forced;

    public override Grant Grant => lease.Grant;

    public override Destination? Asked => asked ?? lease.Grant.Target;

    public override bool IsQuiet(TimeSpan quiet, long now) => _flight?.IsIdle() != false && RetireRules.IsQuiet(traffic, Began, quiet, now, _time);

    /// <summary>It is in its first flight, until the result is disposed on the thread of the relay.</summary>
    /// <param name="isIdle">Whether its client has not said anything.</param>
    /// <param name="end">Ends it in order, if it is still so. On the thread of the relay.</param>
    public IDisposable InFlight(Func<bool> isIdle, Action<EndReason> end) => _flight = new Flight(this, isIdle, end);

    protected override void End(EndReason reason, TimeSpan? quiet)
    {
        (_reason, _quiet) = (reason, quiet);
        // On the thread of the relay nothing can flow between the judgement and the end
        client.Scheduler.Schedule(static state => ((RetiringRelay)state!).EndNow(), this);
    }

    protected override void Pace(long bitsPerSecond)
    {
        client.Pace(bitsPerSecond);
        target.Pace(bitsPerSecond);
    }

    private void EndNow()
    {
        var (now, flowed) = (_time.GetTimestamp(), traffic.Flowed);
        if (_flight is { } flight)
        {
            // What has begun is over soon: its handshake timeout holds
            if (flight.IsIdle() && (_quiet is null || IsQuiet(_quiet.Value, now))) flight.End(_reason, _quiet);
            else GoOn(_quiet);
            return;
        }
        var isQuiet = _quiet is { } quiet ? IsQuiet(quiet, now) : RetireRules.IsSilent(traffic, Began, LeastQuiet, now, _time);
        if (isQuiet && client.Unacknowledged == 0 && target.Unacknowledged == 0
            && client.TryEndSilent(target, flowed, (byte)_reason) == SilentEnd.Done) return;
        if (_quiet is null && _forced == 0) _forced = now;
        else if (_quiet is null && _time.GetElapsedTime(_forced, now) >= Patience)
        {
            reset(_reason);
            return;
        }
        GoOn(_quiet);
    }

    /// <summary>Its first flight. On the thread of the relay, but for <see cref="IsIdle"/>.</summary>
    private sealed class Flight(RetiringRelay session, Func<bool> isIdle, Action<EndReason> end) : IDisposable
    {
        private bool _ends;
        private TimeSpan? _quiet;

        public bool IsIdle() => isIdle();

        public void End(EndReason reason, TimeSpan? quiet)
        {
            (_ends, _quiet) = (true, quiet);
            end(reason);
        }

        public void Dispose()
        {
            session._flight = null;
            // Somebody spoke in the moment when it was to end: its turn goes to another session, and it waits for the next quiet moment
            if (_ends) session.GoOn(_quiet);
        }
    }
}
