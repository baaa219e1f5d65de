namespace Socks5Egress.Gateway.Limits;

/// <summary>
/// Connections that have logged in and wait for their request: neither pending nor sessions. One user has as many as the limit says; one more takes the place
/// of the user's oldest. Where nobody logs in, a source has them.
/// </summary>
internal sealed class WarmConnections<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string? User, ClientPrefix Source), LinkedList<T>> _byOwner = [];
    private int _count;
    private bool _isClosed;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a newcomer.</summary>
    /// <param name="session">The newcomer.</param>
    /// <param name="user">Who logged in; null where nobody has to.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="most">How many an owner may have; 0: no limit.</param>
    /// <param name="evicted">The one that has to go for it, or null.</param>
    /// <returns>What <see cref="Leave"/> wants; null: no more are taken, since the gateway stops.</returns>
    public LinkedListNode<T>? Enter(T session, string? user, ClientPrefix source, int most, out T? evicted)
    {
        evicted = null;
        var owner = OwnerOf(user, source);
        lock (_lock)
        {
            if (_isClosed) return null;
            if (!_byOwner.TryGetValue(owner, out var list)) _byOwner[owner] = list = new LinkedList<T>();
            if (most > 0 && list.Count >= most)
            {
                evicted = list.First!.Value;
                list.RemoveFirst();
                _count--;
            }
            _count++;
            return list.AddLast(session);
        }
    }

    /// <summary>It has asked, or is over. Any number of times.</summary>
    public void Leave(LinkedListNode<T> node, string? user, ClientPrefix source)
    {
        lock (_lock)
        {
            if (node.List is not { } list) return;
            list.Remove(node);
            _count--;
            if (list.Count == 0) _byOwner.Remove(OwnerOf(user, source));
        }
    }

    /// <summary>Takes no more from now on.</summary>
    /// <returns>Those that wait now.</returns>
    public IReadOnlyList<T> Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            return [.. _byOwner.Values.SelectMany(list => list)];
        }
    }

    private static (string? User, ClientPrefix Source) OwnerOf(string? user, ClientPrefix source) => user is null ? (null, source) : (user, default);
}
