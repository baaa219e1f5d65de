using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// Answers for as long as they live: values, never tasks, so that no fault can be kept. When it is full, the client who filled most of it loses
/// the answer that was used least recently: a flood of names pushes out its own. Its owner's lock guards it.
/// </summary>
/// <param name="most">Answers at once.</param>
/// <param name="time">The clock.</param>
internal sealed class AnswerCache(int most, TimeProvider time)
{
    private readonly Dictionary<LookupKey, LinkedListNode<Entry>> _entries = [];
    private readonly Dictionary<LookupClient, LinkedList<Entry>> _ofClients = [];

    /// <summary>How many there are.</summary>
    public int Count => _entries.Count;

    /// <summary>An answer that still lives.</summary>
    /// <param name="key">The name and the family.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="since">When it came.</param>
    public bool TryGet(LookupKey key, [NotNullWhen(true)] out ResolveResult? answer, out long since)
    {
        (answer, since) = (null, 0);
        if (!_entries.TryGetValue(key, out var node)) return false;
        if (time.GetElapsedTime(node.Value.Since) >= node.Value.Answer.Lifetime)
        {
            Remove(node);
            return false;
        }
        var list = node.List!;
        list.Remove(node);
        list.AddLast(node);
        (answer, since) = (node.Value.Answer, node.Value.Since);
        return true;
    }

    /// <summary>Keeps an answer that has a lifetime.</summary>
    /// <param name="key">The name and the family.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="client">For whom it was looked up.</param>
    public void Put(LookupKey key, ResolveResult answer, LookupClient client)
    {
        if (_entries.TryGetValue(key, out var older)) Remove(older);
        if (answer.Lifetime <= TimeSpan.Zero) return;
        if (_entries.Count >= most) Remove(_ofClients.Values.MaxBy(static list => list.Count)!.First!);
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofClients, client, out _);
        _entries[key] = (list ??= []).AddLast(new Entry(key, answer, client, time.GetTimestamp()));
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        var entry = node.Value;
        _entries.Remove(entry.Key);
        var list = node.List!;
        list.Remove(node);
        if (list.Count == 0) _ofClients.Remove(entry.Client);
    }

    private readonly record struct Entry(LookupKey Key, ResolveResult Answer, LookupClient Client, long Since);
}
