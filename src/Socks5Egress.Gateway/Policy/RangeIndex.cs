using System.Collections.Frozen;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// Address rules of one family, grouped by prefix length: a look-up masks the address and asks a hash table once for
/// each length that occurs (rarely more than a handful, at most 33 or 129), however many rules there are.
/// </summary>
internal sealed class RangeIndex
{
    private readonly (UInt128 Mask, FrozenDictionary<UInt128, IndexedRule[]> Rules)[] _lengths;

    public RangeIndex(IEnumerable<IndexedRule> rules)
    {
        _lengths =
        [
            .. rules.GroupBy(entry => entry.Rule.Range.Prefix).Select(length => (
                Cidr.MaskOf(length.Key),
                length.GroupBy(entry => entry.Rule.Range.Network.Value).ToFrozenDictionary(group => group.Key, group => group.ToArray()))),
        ];
    }

    /// <summary>True when there is no rule.</summary>
    public bool IsEmpty => _lengths.Length == 0;

    /// <summary>The rule written first of those that hold the address and cover the port, or null.</summary>
    public IndexedRule? Find(AddressBits address, ushort port)
    {
        IndexedRule? found = null;
        foreach (var (mask, rules) in _lengths)
        {
            if (rules.TryGetValue(address.Value & mask, out var same)) found = IndexedRule.First(found, RuleIndex.FirstFor(same, port));
        }

        return found;
    }
}
