using System.Collections.Frozen;

namespace Socks5Egress.Gateway.Policy;

/// <summary>A rule in an index: its place in the list, its name with the verdict in front, and the ports it covers.</summary>
internal sealed record IndexedRule(int Order, string Name, Rule Rule, PortSet Ports)
{
    /// <summary>Given beside a policy: it opens what is public, and not what the default table refuses, as the policy's own suffixes do.</summary>
    public bool IsWide { get; init; }

    /// <summary>The one that was written first; null counts as written last.</summary>
    public static IndexedRule? First(IndexedRule? a, IndexedRule? b) => a is null || (b is not null && b.Order < a.Order) ? b : a;
}

/// <summary>
/// A list of rules, found without walking it: hosts and suffixes by hash (a suffix once for each label border of the
/// name asked for), addresses by hash once for each prefix length that occurs. Of several that match, the one
/// written first is returned, as if the list had been read from the top. Allocates nothing.
/// </summary>
internal sealed class RuleIndex
{
    private readonly FrozenDictionary<string, IndexedRule[]> _hosts;
    private readonly FrozenDictionary<string, IndexedRule[]>.AlternateLookup<ReadOnlySpan<char>> _suffixes;
    private readonly IndexedRule[] _any;
    private readonly RangeIndex _ipv4;
    private readonly RangeIndex _ipv6;

    /// <param name="rules">In the order of writing.</param>
    /// <param name="prefix">What stands in front of a rule's text in its name: <c>allow:</c>.</param>
    /// <param name="allPorts">What a rule without ports covers.</param>
    public RuleIndex(IEnumerable<Rule> rules, string prefix, PortSet allPorts)
    {
        var indexed = rules.Select((rule, order) => new IndexedRule(order, prefix + rule.Text, rule, rule.Ports ?? allPorts)).ToArray();
        Count = indexed.Length;
        _hosts = ByName(indexed, RuleKind.Host);
        _suffixes = ByName(indexed, RuleKind.Suffix).GetAlternateLookup<ReadOnlySpan<char>>();
        _any = [.. indexed.Where(entry => entry.Rule.Kind == RuleKind.Any)];
        _ipv4 = new RangeIndex(indexed.Where(entry => entry.Rule.Kind == RuleKind.Range && entry.Rule.Range.IsIPv4));
        _ipv6 = new RangeIndex(indexed.Where(entry => entry.Rule.Kind == RuleKind.Range && !entry.Rule.Range.IsIPv4));
    }

    /// <summary>How many rules there are.</summary>
    public int Count { get; }

    /// <summary>True when some rule is about addresses, so that a name is judged only after its look-up.</summary>
    public bool HasRanges => !_ipv4.IsEmpty || !_ipv6.IsEmpty;

    /// <summary>The rule with exactly this host, or null.</summary>
    public IndexedRule? FindHost(string host, ushort port) =>
        _hosts.TryGetValue(host, out var rules) ? FirstFor(rules, port) : null;

    /// <summary>The rule with a suffix of this host, or <c>*</c>; or null.</summary>
    public IndexedRule? FindWide(string host, ushort port) => IndexedRule.First(FindSuffix(host, port), FindAny(port));

    /// <summary>The rule <c>*</c>, or null.</summary>
    public IndexedRule? FindAny(ushort port) => FirstFor(_any, port);

    /// <summary>The rule with an address or a CIDR that holds this address, or null.</summary>
    public IndexedRule? FindRange(AddressBits address, ushort port) => (address.IsIPv4 ? _ipv4 : _ipv6).Find(address, port);

    /// <summary>The first of a list that covers the port, or null.</summary>
    public static IndexedRule? FirstFor(IndexedRule[] rules, ushort port)
    {
        foreach (var rule in rules)
        {
            if (rule.Ports.Contains(port)) return rule;
        }

        return null;
    }

    private IndexedRule? FindSuffix(string host, ushort port)
    {
        IndexedRule? found = null;
        for (int dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0 && _suffixes.Dictionary.Count > 0; dot = host.IndexOf('.', dot + 1))
        {
            if (_suffixes.TryGetValue(host.AsSpan(dot + 1), out var rules)) found = IndexedRule.First(found, FirstFor(rules, port));
        }

        return found;
    }

    private static FrozenDictionary<string, IndexedRule[]> ByName(IEnumerable<IndexedRule> rules, RuleKind kind) =>
        rules.Where(entry => entry.Rule.Kind == kind)
            .GroupBy(entry => entry.Rule.Name!, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
}
