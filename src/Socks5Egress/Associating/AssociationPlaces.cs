using System.Collections.Concurrent;
using System.Net;

namespace Socks5Egress.Associating;

/// <summary>How many associations each client address has. An address without any is forgotten.</summary>
/// <param name="most">Associations of one address.</param>
internal sealed class AssociationPlaces(int most)
{
    private readonly ConcurrentDictionary<IPAddress, int> _open = new();

    /// <summary>Addresses that have associations.</summary>
    public int Sources => _open.Count;

    /// <summary>Takes a place, to be given back with <see cref="Leave"/>.</summary>
    /// <returns>False when the address has as many as it may.</returns>
    public bool TryEnter(IPAddress client)
    {
        while (true)
        {
            var before = _open.GetOrAdd(client, 0);
            if (before >= most) return false;
            if (_open.TryUpdate(client, before + 1, before)) return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(IPAddress client)
    {
        while (_open.TryGetValue(client, out var before))
        {
            if (before == 1 ? _open.TryRemove(new(client, 1)) : _open.TryUpdate(client, before - 1, before)) return;
        }
    }
}
