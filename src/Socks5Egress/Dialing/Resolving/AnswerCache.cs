using System.Diagnostics.CodeAnalysis;

namespace Socks5Egress.Dialing.Resolving;

/// <summary>Answers for as long as they live: values, never tasks, so that no fault can be kept. Its owner's lock guards it.</summary>
/// <param name="most">Answers at once.</param>
/// <param name="time">The clock.</param>
internal sealed class AnswerCache(int most, TimeProvider time)
{
    private readonly Dictionary<LookupKey, Entry> _entries = [];

    /// <summary>How many there are.</summary>
    public int Count => _entries.Count;

    /// <summary>An answer that still lives.</summary>
    /// <param name="key">The name and the family.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="since">When it came.</param>
    public bool TryGet(LookupKey key, [NotNullWhen(true)] out Answer? answer, out long since)
    {
        (answer, since) = (null, 0);
        if (!_entries.TryGetValue(key, out var entry) || !IsFresh(entry)) return false;
        (answer, since) = (entry.Answer, entry.Since);
        return true;
    }

    /// <summary>Keeps an answer that has a lifetime.</summary>
    public void Put(LookupKey key, Answer answer)
    {
        if (answer.Lifetime <= TimeSpan.Zero)
        {
            _entries.Remove(key);
            return;
        }
        if (_entries.Count >= most && !_entries.ContainsKey(key)) Shrink();
        _entries[key] = new Entry(answer, time.GetTimestamp());
    }

    /// <summary>Drops what is stale; when all is fresh, drops all: a flood of names must not grow memory, and a cache is only a cache.</summary>
    private void Shrink()
    {
        foreach (var (key, entry) in _entries)
        {
            if (!IsFresh(entry)) _entries.Remove(key);
        }
        if (_entries.Count >= most) _entries.Clear();
    }

    private bool IsFresh(in Entry entry) => time.GetElapsedTime(entry.Since) < entry.Answer.Lifetime;

    private readonly record struct Entry(Answer Answer, long Since);
}
