namespace Socks5Egress.Gateway.Limits;

/// <summary>
/// Connections whose request is not yet read. A newcomer is always taken; when there are as many as there may be, the source that has most
/// loses its oldest, so that a flood from one place pushes out itself.
/// </summary>
internal sealed class PendingHandshakes<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ClientPrefix, LinkedList<T>> _bySource = [];
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a newcomer.</summary>
    /// <param name="session">The newcomer.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="most">How many there may be; 0: no limit.</param>
    /// <param name="evicted">The one that has to go for it, or null.</param>
    /// <returns>What <see cref="Leave"/> wants.</returns>
    public LinkedListNode<T> Enter(T session, ClientPrefix source, int most, out T? evicted)
    {
        lock (_lock)
        {
            evicted = most > 0 && _count >= most ? RemoveOldestOfHeaviest() : null;
            if (!_bySource.TryGetValue(source, out var list)) _bySource[source] = list = new LinkedList<T>();
            _count++;
            return list.AddLast(session);
        }
    }

    /// <summary>It has asked, or is gone. Any number of times.</summary>
    public void Leave(LinkedListNode<T> node, ClientPrefix source)
    {
        lock (_lock)
        {
            if (node.List is { } list) Remove(list, node, source);
        }
    }

    /// <summary>It comes from elsewhere than was thought, and is the last one there. Nothing when it has left.</summary>
    public void Move(LinkedListNode<T> node, ClientPrefix from, ClientPrefix to)
    {
        lock (_lock)
        {
            if (node.List is not { } list) return;
            Remove(list, node, from);
            if (!_bySource.TryGetValue(to, out var other)) _bySource[to] = other = new LinkedList<T>();
            other.AddLast(node);
            _count++;
        }
    }

    private T? RemoveOldestOfHeaviest()
    {
        ClientPrefix heaviest = default;
        LinkedList<T>? longest = null;
        foreach (var (source, list) in _bySource)
        {
            if (longest is null || list.Count > longest.Count) (heaviest, longest) = (source, list);
        }
        if (longest?.First is not { } oldest) return null;
        Remove(longest, oldest, heaviest);
        return oldest.Value;
    }

    private void Remove(LinkedList<T> list, LinkedListNode<T> node, ClientPrefix source)
    {
        list.Remove(node);
        _count--;
        if (list.Count == 0) _bySource.Remove(source);
    }
}
