using System.Collections.Concurrent;

namespace Socks5Egress.Gateway.Limits;

/// <summary>New sessions a minute of each user: a bucket that holds a minute's worth and fills evenly. Users who begin nothing are forgotten.</summary>
/// <param name="time">The clock.</param>
internal sealed class UserRates(TimeProvider time)
{
    /// <summary>Users after which those are forgotten whose bucket is full: names may come from certificates, and are many then.</summary>
    private const int Many = 1024;

    private readonly ConcurrentDictionary<string, RateLimiter> _users = new(StringComparer.Ordinal);
    private readonly long _minute = 60 * time.TimestampFrequency;
    private int _forgetAt = Many;

    /// <summary>How many users have a bucket.</summary>
    public int Users => _users.Count;

    /// <summary>Whether a user may begin one more.</summary>
    /// <param name="user">The account.</param>
    /// <param name="most">A minute; 0: no limit.</param>
    public bool TryEnter(string user, int most)
    {
        if (most == 0) return true;
        if (!_users.TryGetValue(user, out var bucket))
        {
            if (_users.Count >= Volatile.Read(ref _forgetAt)) Forget();
            bucket = _users.GetOrAdd(user, new RateLimiter(time));
        }
        return bucket.TryEnter(most, _minute);
    }

    private void Forget()
    {
        foreach (var pair in _users)
        {
            if (pair.Value.IsFull(_minute)) _users.TryRemove(pair);
        }
        Volatile.Write(ref _forgetAt, Math.Max(Many, 2 * _users.Count));
    }
}
