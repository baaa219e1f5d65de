using System.Net;

namespace Socks5Egress.Associating;

/// <summary>
/// Where an association has sent to: only from there answers are taken. When it is full, the one that was used longest ago makes room; a
/// client that asks many servers once each goes on that way. Not for several threads at a time.
/// </summary>
/// <param name="most">Targets at a time.</param>
internal sealed class TargetTable(int most)
{
    private readonly Dictionary<IPEndPoint, long> _used = [];
    private long _turn;

    /// <summary>How many there are.</summary>
    public int Count => _used.Count;

    /// <summary>A datagram goes there.</summary>
    public void Add(IPEndPoint target)
    {
        if (_used.Count >= most && !_used.ContainsKey(target)) _used.Remove(_used.MinBy(each => each.Value).Key);
        _used[target] = ++_turn;
    }

    /// <summary>Whether a datagram from there is an answer.</summary>
    public bool Knows(IPEndPoint target)
    {
        if (!_used.ContainsKey(target)) return false;
        _used[target] = ++_turn;
        return true;
    }
}
