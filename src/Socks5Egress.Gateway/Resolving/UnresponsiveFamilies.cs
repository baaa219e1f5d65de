namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// Families of names that were waited for in vain: servers that drop AAAA do so each time. For a while nobody waits for them again; they are still
/// asked for, and what comes joins the race. The resolver's lock guards it.
/// </summary>
/// <param name="most">Families at once; no more are remembered.</param>
/// <param name="time">The clock.</param>
internal sealed class UnresponsiveFamilies(int most, TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);
    private readonly Dictionary<LookupKey, long> _since = [];

    /// <summary>It has just been waited for in vain.</summary>
    public void Add(LookupKey key)
    {
        if (_since.Count >= most && !_since.ContainsKey(key))
        {
            foreach (var (other, _) in _since)
            {
                if (!Contains(other)) _since.Remove(other);
            }
            if (_since.Count >= most) return;
        }
        _since[key] = time.GetTimestamp();
    }

    /// <summary>It is not worth waiting for.</summary>
    public bool Contains(LookupKey key) => _since.TryGetValue(key, out var since) && time.GetElapsedTime(since) < Remembered;
}
