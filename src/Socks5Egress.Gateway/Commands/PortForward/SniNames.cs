using System.Collections.Frozen;
using System.Collections.Immutable;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>The patterns of an <c>sni:</c> forward: which names lead where. Immutable.</summary>
internal sealed class SniNames
{
    private readonly ImmutableArray<ushort> _ports;
    private readonly FrozenDictionary<string, int> _hosts;
    private readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _suffixes;

    /// <param name="rules">Hosts and suffixes, in the order of writing; of two with one name the first counts.</param>
    /// <param name="ports">The port of each.</param>
    public SniNames(ImmutableArray<Rule> rules, ImmutableArray<ushort> ports)
    {
        _ports = ports;
        _hosts = Of(RuleKind.Host);
        _suffixes = Of(RuleKind.Suffix).GetAlternateLookup<ReadOnlySpan<char>>();

        FrozenDictionary<string, int> Of(RuleKind kind) => rules.Index().Where(each => each.Item.Kind == kind)
            .DistinctBy(each => each.Item.Name).ToFrozenDictionary(each => each.Item.Name!, each => each.Index, StringComparer.Ordinal);
    }

    /// <summary>The pattern that a name meets: the name itself before a suffix, the longest suffix first.</summary>
    /// <param name="sni">As the client sent it; an IP literal is no name (RFC 6066 section 3).</param>
    /// <param name="target">The name, lower case, without a trailing dot, and the pattern's port.</param>
    /// <returns>The number of the pattern, or −1.</returns>
    public int Find(string? sni, out Destination target)
    {
        target = default;
        if (sni is null || HostName.Judge(Destination.Of(sni, 1)).Host is not { } host) return -1;
        if (!_hosts.TryGetValue(host, out var at) && !TryFindSuffix(host, out at)) return -1;
        target = Destination.Of(host, _ports[at]);
        return at;
    }

    private bool TryFindSuffix(string host, out int at)
    {
        for (var dot = host.IndexOf('.'); dot >= 0; dot = host.IndexOf('.', dot + 1))
        {
            if (_suffixes.TryGetValue(host.AsSpan(dot + 1), out at)) return true;
        }
        at = -1;
        return false;
    }
}
