using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Relaying;

/// <summary>
/// Looks for the progress of a session that seems silent. What our kernel has taken may be megabytes, and a slow peer reads them for minutes
/// before it takes more: that it acknowledges them is all there is to see. A look at both legs is made on their own threads, from an eighth of
/// the deadline on, once an eighth; a session with nothing in flight is looked at once a silence.
/// </summary>
internal sealed class SilenceWatch(ILeg client, ILeg? target, Traffic traffic, IdleTimeouts clock, long began, TimeProvider time, bool endsInOrder = true)
{
    // A closed window opens again when a sixteenth of the reader's buffer is free (Linux), and a buffer is at most as large as what was read so far: this
    // is 32 KiB/s. Larger buffers than 20 MiB nobody has without asking for them
    private const long SlowestPerSecond = 16 * 32 * 1024;
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(40);

    private long _flowed = -1, _lookedAt, _inClient, _inTarget, _wasInClient, _wasInTarget;
    private int _looking;
    private Action<EndReason>? _end;

    public ILeg Client => client;

    public ILeg? Target => target;

    public Traffic Traffic => traffic;

    /// <summary>Since when silence counts, where nothing has flowed.</summary>
    public long Began => began;

    public TimeProvider Time => time;

    // At the last look: bytes that a peer has yet to acknowledge
    private bool IsInFlight => Volatile.Read(ref _inClient) + Volatile.Read(ref _inTarget) > 0;

    /// <summary>
    /// Judges it. What is silent for good is ended, on the thread of a leg and perhaps later: in order where nothing is in flight behind a half-close,
    /// else by <paramref name="end"/>, which resets it: a peer that waits for the rest of a message must not take it for whole.
    /// </summary>
    public void Judge(long now, Action<EndReason> end)
    {
        if (clock.Eighth.Judge(traffic, began, now, time) == EndReason.None) return;
        var isDue = clock.Judge(traffic, began, now, time) != EndReason.None;
        if (!isDue && !IsWorthALook(now)) return;
        if (Interlocked.Exchange(ref _looking, 1) != 0) return;
        _end = end;
        _lookedAt = now;
        client.Scheduler.Schedule(static s => ((SilenceWatch)s!).LookAtClient(), this);
    }

    private bool IsWorthALook(long now) =>
        Volatile.Read(ref _flowed) != traffic.Flowed || (IsInFlight && time.GetElapsedTime(_lookedAt, now) >= clock.Shortest / 8);

    private void LookAtClient()
    {
        (_wasInClient, _inClient) = (_inClient, client.Unacknowledged);
        if (target is null) Conclude();
        else target.Scheduler.Schedule(static s => ((SilenceWatch)s!).LookAtTarget(), this);
    }

    private void LookAtTarget()
    {
        (_wasInTarget, _inTarget) = (_inTarget, target!.Unacknowledged);
        Conclude();
    }

    private void Conclude()
    {
        var (now, flowed) = (time.GetTimestamp(), traffic.Flowed);
        // Without a byte that was taken since the last look, less in the queue is what was acknowledged
        if (_flowed == flowed && (_inClient < _wasInClient || _inTarget < _wasInTarget)) traffic.Progressed(now);
        Volatile.Write(ref _flowed, flowed);
        var reason = clock.AtLeast(Patience).Judge(traffic, began, now, time);
        Volatile.Write(ref _looking, 0);
        if (reason == EndReason.None || (reason == EndReason.HalfCloseTimeout && !IsInFlight && EndsInOrder())) return;
        _end!(reason);
    }

    // How long a reader whose buffer has grown may acknowledge nothing, though it reads
    private TimeSpan Patience
    {
        get
        {
            var (client, target) = (ReadBy(_inClient, traffic.BytesDown), ReadBy(_inTarget, traffic.BytesUp));
            var patience = TimeSpan.FromSeconds((double)Math.Max(client, target) / SlowestPerSecond);
            return patience < MostPatience ? patience : MostPatience;
        }
    }

    private static long ReadBy(long inFlight, long taken) => inFlight > 0 ? Math.Max(0, taken - inFlight) : 0;

    private bool EndsInOrder() =>
        endsInOrder && target is not null && client.TryEndSilent(target, traffic.Flowed, (byte)EndReason.HalfCloseTimeout) != SilentEnd.Unable;
}
