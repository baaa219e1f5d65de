using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Relaying;

/// <summary>When silence ends a session.</summary>
/// <param name="Idle">Silence in both directions; zero never ends one (keepalive finds the dead).</param>
/// <param name="HalfClose">Silence in the direction that is still open after the other has ended; zero never ends one.</param>
internal readonly record struct IdleTimeouts(TimeSpan Idle, TimeSpan HalfClose)
{
    /// <summary>The shorter deadline of the two; zero when there is none.</summary>
    public TimeSpan Shortest => Idle > TimeSpan.Zero && (HalfClose <= TimeSpan.Zero || Idle < HalfClose) ? Idle : HalfClose;

    /// <summary>An eighth of both: the silence from which a session is looked at more closely.</summary>
    public IdleTimeouts Eighth => new(Idle / 8, HalfClose / 8);

    /// <summary>The same with no deadline shorter than <paramref name="least"/>.</summary>
    public IdleTimeouts AtLeast(TimeSpan least) => new(AtLeast(Idle, least), AtLeast(HalfClose, least));

    /// <summary>Judges a session by what has flowed in it.</summary>
    /// <param name="traffic">The session's traffic.</param>
    /// <param name="began">Timestamp of the relay's start: the silence of a session in which nothing has flowed.</param>
    /// <param name="now">The present timestamp.</param>
    /// <param name="time">Measures between timestamps.</param>
    /// <returns><see cref="EndReason.None"/> to go on.</returns>
    public EndReason Judge(Traffic traffic, long began, long now, TimeProvider time)
    {
        var (finUp, finDown) = (traffic.FinUp, traffic.FinDown);
        // Bytes that a peer still reads out of our send queue are no silence
        var progress = traffic.LastProgress;
        if (HalfClose > TimeSpan.Zero && finUp == 0 != (finDown == 0))
        {
            // The silence begins with the FIN at the earliest
            var last = finUp != 0 ? Math.Max(finUp, traffic.LastDown) : Math.Max(finDown, traffic.LastUp);
            if (time.GetElapsedTime(Math.Max(last, progress), now) >= HalfClose) return EndReason.HalfCloseTimeout;
        }
        if (Idle > TimeSpan.Zero)
        {
            var last = Math.Max(Math.Max(began, progress), Math.Max(traffic.LastUp, traffic.LastDown));
            if (time.GetElapsedTime(last, now) >= Idle) return EndReason.IdleTimeout;
        }
        return EndReason.None;
    }

    private static TimeSpan AtLeast(TimeSpan deadline, TimeSpan least) => deadline > TimeSpan.Zero && deadline < least ? least : deadline;
}
