namespace Socks5Egress.Gateway.Limits;

/// <summary>At most so many a second, and so many at once after a pause (the generic cell rate algorithm: one number, no window that resets).</summary>
internal sealed class RateLimiter(TimeProvider time)
{
    private long _spent;

    /// <summary>Whether one more may come now.</summary>
    /// <param name="most">A second; 0: no limit.</param>
    public bool TryEnter(int most)
    {
        if (most == 0) return true;
        var second = time.TimestampFrequency;
        while (true)
        {
            var spent = Volatile.Read(ref _spent);
            var now = time.GetTimestamp();
            var next = Math.Max(spent, now - second) + (second / most);
            if (next > now) return false;
            if (Interlocked.CompareExchange(ref _spent, next, spent) == spent) return true;
        }
    }
}
