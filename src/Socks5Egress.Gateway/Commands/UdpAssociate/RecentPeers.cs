using System.Net;

namespace Socks5Egress.Gateway.Commands.UdpAssociate;

/// <summary>
/// Where an association has sent to: only from there answers are taken. When it is full, the one that was used longest ago makes room; a
/// client that asks many servers once each goes on that way. Not for several threads at a time.
/// </summary>
/// <param name="most">Targets at a time.</param>
internal sealed class RecentPeers<T>(int most) where T : class
{
    private readonly Dictionary<IPEndPoint, Place> _places = [];
    private long _turn;

    /// <summary>How many there are.</summary>
    public int Count => _places.Count;

    /// <summary>All of them.</summary>
    public IEnumerable<T> All => _places.Values.Select(place => place.Target);

    /// <summary>The target at an address; null when nothing was sent there, so that a datagram from there is no answer.</summary>
    public T? Find(IPEndPoint endpoint)
    {
        if (!_places.TryGetValue(endpoint, out var place)) return null;
        place.Used = ++_turn;
        return place.Target;
    }

    /// <summary>A datagram goes there.</summary>
    /// <returns>The target whose place it takes: that of the same address, or the one used longest ago; or null.</returns>
    public T? Put(IPEndPoint endpoint, T target)
    {
        var former = _places.GetValueOrDefault(endpoint)?.Target;
        if (former is null && _places.Count >= most)
        {
            var (oldest, place) = _places.MinBy(each => each.Value.Used);
            former = place.Target;
            _places.Remove(oldest);
        }
        _places[endpoint] = new Place(target) { Used = ++_turn };
        return ReferenceEquals(former, target) ? null : former;
    }

    /// <summary>Forgets a target, if it is still the one at this address.</summary>
    public void Remove(IPEndPoint endpoint, T target)
    {
        if (_places.TryGetValue(endpoint, out var place) && ReferenceEquals(place.Target, target)) _places.Remove(endpoint);
    }

    private sealed class Place(T target)
    {
        public T Target => target;

        public long Used { get; set; }
    }
}
