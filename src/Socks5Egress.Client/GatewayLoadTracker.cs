using System.Net;

namespace Socks5Egress.Client;

/// <summary>
/// How many connections each gateway address carries, and which of them failed lately. Decides who is tried first:
/// least used, in turn among equals, and those that failed within the last ten seconds at the end.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="first">Whose turn is the first: a random one, so that many programs of one connection each do not all begin with the same gateway.</param>
internal sealed class GatewayLoadTracker(TimeProvider time, int first)
{
    private static readonly TimeSpan Avoided = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, Load> _loads = [];
    private int _turn = first;

    /// <summary>The addresses, best first.</summary>
    public List<GatewayAddress> Order(IReadOnlyList<GatewayAddress> addresses)
    {
        lock (_lock)
        {
            var turn = addresses.Count == 0 ? 0 : (int)((uint)_turn++ % (uint)addresses.Count);
            return [.. addresses.Skip(turn).Concat(addresses.Take(turn))
                .OrderBy(address => IsAvoided(address.EndPoint))
                .ThenBy(address => _loads.GetValueOrDefault(address.EndPoint).Open)];
        }
    }

    /// <summary>How many addresses at the beginning of a list that is in order are as good as the first.</summary>
    public int BestOf(IReadOnlyList<GatewayAddress> ordered)
    {
        lock (_lock)
        {
            var best = 0;
            while (best < ordered.Count && Rank(ordered[best].EndPoint) == Rank(ordered[0].EndPoint)) best++;
            return best;
        }
    }

    /// <summary>A connection to the address begins; the action ends it.</summary>
    public Action Enter(IPEndPoint endpoint)
    {
        Change(endpoint, +1, failedAt: null);
        return () => Change(endpoint, -1, failedAt: null);
    }

    /// <summary>The address did not do.</summary>
    public void Failed(IPEndPoint endpoint) => Change(endpoint, 0, time.GetTimestamp());

    /// <summary>The address does.</summary>
    public void Succeeded(IPEndPoint endpoint) => Change(endpoint, 0, long.MinValue);

    private (bool, int) Rank(IPEndPoint endpoint) => (IsAvoided(endpoint), _loads.GetValueOrDefault(endpoint).Open);

    private bool IsAvoided(IPEndPoint endpoint) =>
        _loads.TryGetValue(endpoint, out var load) && load.FailedAt != long.MinValue && time.GetElapsedTime(load.FailedAt) < Avoided;

    private void Change(IPEndPoint endpoint, int by, long? failedAt)
    {
        lock (_lock)
        {
            if (!_loads.TryGetValue(endpoint, out var load)) load = new Load(0, long.MinValue);
            load = new Load(load.Open + by, failedAt ?? load.FailedAt);
            // Addresses come and go behind a name: nothing to remember is not remembered
            if (load is { Open: 0, FailedAt: long.MinValue }) _loads.Remove(endpoint);
            else _loads[endpoint] = load;
        }
    }

    private readonly record struct Load(int Open, long FailedAt);
}
