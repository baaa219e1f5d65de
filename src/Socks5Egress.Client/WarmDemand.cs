namespace Socks5Egress.Client;

/// <summary>
/// How many connections should stand ready: as many as were asked for at once in the last minute. At once is within about two seconds, since a pool opens its
/// connections together, and what is taken one after the other is replaced meanwhile.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class WarmDemand(TimeProvider time)
{
    /// <summary>What is kept when there is little to do.</summary>
    public const int Least = 2;

    /// <summary>What is kept at most.</summary>
    public const int Most = 16;

    private const int Slots = 60;

    private readonly long _began = time.GetTimestamp();
    private readonly int[] _asked = new int[Slots];
    private long _last;

    /// <summary>A connection is asked for.</summary>
    public void Count() => _asked[Turn() % Slots]++;

    /// <summary>How many should stand ready now.</summary>
    public int Wanted()
    {
        var now = Turn();
        var most = 0;
        for (var second = now - Slots + 1; second <= now; second++) most = Math.Max(most, At(second) + At(second - 1, now));
        return Math.Clamp(most, Least, Most);
    }

    private int At(long second) => second < 0 ? 0 : _asked[second % Slots];

    /// <summary>The second before the oldest one has given its place to the present one.</summary>
    private int At(long second, long now) => second <= now - Slots ? 0 : At(second);

    /// <summary>The present second; those since the last call become empty.</summary>
    private long Turn()
    {
        var now = (long)time.GetElapsedTime(_began).TotalSeconds;
        for (var second = Math.Max(_last + 1, now - Slots + 1); second <= now; second++) _asked[second % Slots] = 0;
        _last = Math.Max(_last, now);
        return _last;
    }
}
