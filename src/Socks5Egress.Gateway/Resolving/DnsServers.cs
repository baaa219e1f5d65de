using System.Collections.Immutable;
using System.Net;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// The name servers in the order in which to ask them: as they are written, but those that failed to answer lately stand behind the others.
/// For one thread at a time.
/// </summary>
internal sealed class DnsServers(ImmutableArray<IPEndPoint> all, TimeProvider time)
{
    /// <summary>For so long a server that did not answer is asked last.</summary>
    private static readonly TimeSpan Penance = TimeSpan.FromSeconds(30);

    private readonly Dictionary<IPEndPoint, long> _failed = [];

    /// <summary>As they are written.</summary>
    public ImmutableArray<IPEndPoint> All => all;

    /// <summary>All of them, the likeliest first.</summary>
    public IReadOnlyList<IPEndPoint> InOrder() => [.. all.OrderBy(IsSuspect)];

    /// <summary>A server has answered: those that stand before it were asked first, and were silent or failed.</summary>
    public void Answered(IPEndPoint server)
    {
        _failed.Remove(server);
        foreach (var earlier in InOrder().TakeWhile(each => !each.Equals(server))) Failed(earlier);
    }

    /// <summary>A server has not answered.</summary>
    public void Failed(IPEndPoint server) => _failed[server] = time.GetTimestamp();

    private bool IsSuspect(IPEndPoint server) => _failed.TryGetValue(server, out var at) && time.GetElapsedTime(at) < Penance;
}
