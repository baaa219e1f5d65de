using System.Collections.Concurrent;

namespace Socks5Egress.Gateway.Limits;

/// <summary>Counts by key, up to a limit. A key without a count is forgotten, so that it is no longer than the sessions are many.</summary>
internal sealed class ConcurrencyCounter<TKey>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, int> _counts = new();

    /// <summary>How many keys have a count.</summary>
    public int Keys => _counts.Count;

    /// <summary>Counts one more.</summary>
    /// <returns>False when there are <paramref name="most"/> already; then there is nothing to <see cref="Leave"/>.</returns>
    public bool TryEnter(TKey key, int most)
    {
        while (true)
        {
            var before = _counts.GetOrAdd(key, 0);
            if (before >= most)
            {
                // A limit of nothing must leave nothing behind
                if (before == 0) _counts.TryRemove(new(key, 0));
                return false;
            }
            if (_counts.TryUpdate(key, before + 1, before)) return true;
        }
    }

    /// <summary>Counts one less.</summary>
    public void Leave(TKey key)
    {
        while (_counts.TryGetValue(key, out var before))
        {
            if (before <= 1 ? _counts.TryRemove(new(key, before)) : _counts.TryUpdate(key, before - 1, before)) return;
        }
    }
}
