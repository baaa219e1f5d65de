using System.Collections.Concurrent;
using System.Net;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Gateway.Limits;

/// <summary>
/// Counts sessions by destination address against a ceiling. On Fly.io a Machine has 1,024 connections to one address, and a database
/// proxy sends nearly all of its sessions to one: what is above would hang, so another address of the name is tried, or the client is refused at once.
/// </summary>
/// <param name="most">Sessions to one address; 0 is no ceiling, and then nothing is counted.</param>
/// <param name="alarm">Told once when an address reaches 80 %, and again after it has fallen below.</param>
internal sealed class DestinationLimiter(int most, Action<IPAddress, int> alarm)
{
    /// <summary>Below the platform's 1,024, which its own probes and connections that are just closing count towards.</summary>
    public const int DefaultOnFly = 1000;

    private readonly ConcurrentDictionary<IPAddress, int> _open = new();
    private readonly int _alarmAt = (most * 4 + 4) / 5;

    /// <summary>Sessions to one address; 0: no ceiling.</summary>
    public int Most => most;

    /// <summary>Addresses with sessions, and how many each has.</summary>
    public IReadOnlyCollection<KeyValuePair<IPAddress, int>> Open => [.. _open];

    /// <summary>Takes a place at each address that has room; the places not needed are given back with <see cref="LeaveAllBut"/>.</summary>
    public IReadOnlyList<ConnectAttempt> Enter(IReadOnlyList<ConnectAttempt> steps) => most == 0 ? steps : [.. steps.Where(step => TryEnter(step.Address))];

    /// <summary>Gives back the places of all addresses but the one that was reached, if any.</summary>
    /// <returns>The place at that one; null when there is none, or nobody counts.</returns>
    public IDisposable? LeaveAllBut(IReadOnlyList<ConnectAttempt> entered, IPAddress? reached)
    {
        if (most == 0) return null;
        foreach (var step in entered)
        {
            if (!step.Address.Equals(reached)) Leave(step.Address);
        }
        return reached is null ? null : new Place(this, reached);
    }

    /// <summary>Takes a place at this address.</summary>
    /// <returns>False when it is full; then there is nothing to <see cref="Leave"/>.</returns>
    public bool TryEnter(IPAddress address)
    {
        if (most == 0) return true;
        while (true)
        {
            var before = _open.GetOrAdd(address, 0);
            if (before >= most) return false;
            if (!_open.TryUpdate(address, before + 1, before)) continue;
            if (before + 1 == _alarmAt) alarm(address, before + 1);
            return true;
        }
    }

    /// <summary>Gives the place back. An address without sessions is forgotten, so that the table is no longer than the sessions are many.</summary>
    public void Leave(IPAddress address)
    {
        if (most == 0) return;
        while (_open.TryGetValue(address, out var before))
        {
            if (before == 1 ? _open.TryRemove(new(address, 1)) : _open.TryUpdate(address, before - 1, before)) return;
        }
    }

    private sealed class Place(DestinationLimiter ceiling, IPAddress address) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) ceiling.Leave(address);
        }
    }
}
