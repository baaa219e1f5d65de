namespace Socks5Egress.Gateway.Limits;

/// <summary>At most so many a second, and so many at once after a pause (the generic cell rate algorithm: one number, no window that resets).</summary>
internal sealed class RateLimiter(TimeProvider time)
{
    private long _spent;

    /// <summary>Whether one more may come now.</summary>
    /// <param name="most">A second; 0: no limit.</param>
    public bool TryEnter(int most) => TryEnter(most, time.TimestampFrequency);

    /// <summary>All that it has given is due again: it may be forgotten.</summary>
    /// <param name="period">In timestamps.</param>
    public bool IsFull(long period) => Volatile.Read(ref _spent) <= time.GetTimestamp() - period;

    /// <inheritdoc cref="TryEnter(int)"/>
    /// <param name="most">A period, and at once after a pause; 0: no limit.</param>
    /// <param name="period">The period, in timestamps.</param>
    public bool TryEnter(int most, long period)
    {
        if (most == 0) return true;
        while (true)
        {
            var spent = Volatile.Read(ref _spent);
            var now = time.GetTimestamp();
            var next = Math.Max(spent, now - period) + (period / most);
            if (next > now) return false;
            if (Interlocked.CompareExchange(ref _spent, next, spent) == spent) return true;
        }
    }
}
