using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>The sessions of one user to one target: a connection pool, as far as can be seen.</summary>
/// <param name="User">The account; null without one.</param>
/// <param name="Target">As it was asked for; null where a session has several.</param>
internal readonly record struct RetirePoolKey(string? User, Destination? Target);

/// <summary>How fast one pool may lose sessions: a tenth of it a second, and one a second at least, so that not all of it dials again at once.</summary>
/// <param name="key">Whose it is.</param>
/// <param name="tick">How often it is asked, in timestamps.</param>
/// <param name="frequency">Timestamps a second.</param>
internal sealed class RetirePool(RetirePoolKey key, long tick, long frequency)
{
    private long _next, _lastRound;
    private int _size, _returned;

    public RetirePoolKey Key => key;

    /// <summary>Its sessions now. Under its owner's lock.</summary>
    public int Count { get; set; }

    /// <summary>One of its sessions is due in this round of the sweep. The size that counts is the largest since the first of them was due.</summary>
    public void SawDue(long round)
    {
        _size = Math.Max(Count, round - _lastRound <= 1 ? _size : 0);
        _lastRound = round;
    }

    /// <summary>Whether one more may end now.</summary>
    public bool TryTake(long now)
    {
        if (Volatile.Read(ref _returned) > 0)
        {
            Interlocked.Decrement(ref _returned);
            return true;
        }
        var spacing = frequency / Math.Max(1, _size / 10);
        // What was not used counts for one tick at most; one that comes a part of a tick late keeps to the times of the others
        var start = _next > now - tick ? _next : now - Math.Max(0, tick - spacing);
        if (start > now) return false;
        _next = start + spacing;
        return true;
    }

    /// <summary>The session that took it did not end. Any thread.</summary>
    public void GiveBack() => Interlocked.Increment(ref _returned);
}
