using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// The connections to origins of one client's connection. Nobody else uses them: an origin may bind a login to a connection, they live on the thread
/// of their client, and they end with it. A reload empties the pool.
/// </summary>
internal sealed class OriginPool
{
    /// <summary>Connections that are kept at once.</summary>
    private const int Most = 8;

    private readonly Lock _gate = new();
    private readonly List<OriginConnection> _open = [];
    private ConfigSnapshot? _rules;

    /// <summary>A connection of an earlier request that is still good; null: none.</summary>
    /// <param name="rules">The rules that hold now; of others every connection is closed.</param>
    /// <param name="destination">Where to.</param>
    public OriginConnection? Take(ConfigSnapshot rules, Destination destination)
    {
        if (!ReferenceEquals(rules, _rules))
        {
            Close();
            _rules = rules;
        }
        while (Find(destination) is { } found)
        {
            if (found.TryTake()) return found;
            Remove(found);
        }
        return null;
    }

    /// <summary>Knows a new connection, so that it ends with the client's.</summary>
    public void Add(OriginConnection origin)
    {
        OriginConnection? oldest = null;
        lock (_gate)
        {
            if (_open.Count >= Most) oldest = _open[0];
            _open.Add(origin);
        }
        oldest?.Close();
    }

    public void Remove(OriginConnection origin)
    {
        lock (_gate) _open.Remove(origin);
    }

    /// <summary>Closes all of them.</summary>
    public void Close()
    {
        OriginConnection[] open;
        lock (_gate) open = [.. _open];
        foreach (var origin in open) origin.Close();
    }

    /// <summary>Resets all of them.</summary>
    public void Abort()
    {
        OriginConnection[] open;
        lock (_gate) open = [.. _open];
        foreach (var origin in open) origin.Abort();
    }

    private OriginConnection? Find(Destination destination)
    {
        lock (_gate) return _open.FindLast(each => each.Destination == destination);
    }
}
