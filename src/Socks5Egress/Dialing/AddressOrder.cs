using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Dialing;

/// <summary>In which order addresses are tried. Pure.</summary>
internal static class AddressOrder
{
    /// <summary>
    /// Leaves out what the policy or a missing source address excludes, and orders the rest: interleaved by family, IPv6 first
    /// (RFC 8305 section 4), or one family after the other. Within a family the resolver's order stays.
    /// </summary>
    public static IReadOnlyList<IPAddress> Arrange(IReadOnlyList<IPAddress> addresses, FamilyPolicy policy, SourceAddresses sources)
    {
        if (addresses.Count == 1) return Usable(addresses[0], policy, sources) ? addresses : [];

        var six = Of(AddressFamily.InterNetworkV6);
        var four = Of(AddressFamily.InterNetwork);
        return policy switch
        {
            FamilyPolicy.PreferIPv4 => [.. four, .. six],
            FamilyPolicy.PreferIPv6 => [.. six, .. four],
            _ => Interleave(six, four),
        };

        List<IPAddress> Of(AddressFamily family) =>
            [.. addresses.Where(address => address.AddressFamily == family && Usable(address, policy, sources)).Distinct()];
    }

    private static bool Usable(IPAddress address, FamilyPolicy policy, SourceAddresses sources) =>
        sources.Uses(address.AddressFamily) && (policy, address.AddressFamily) switch
        {
            (FamilyPolicy.IPv4, not AddressFamily.InterNetwork) => false,
            (FamilyPolicy.IPv6, not AddressFamily.InterNetworkV6) => false,
            _ => true,
        };

    private static List<IPAddress> Interleave(List<IPAddress> first, List<IPAddress> second)
    {
        var all = new List<IPAddress>(first.Count + second.Count);
        for (var i = 0; i < Math.Max(first.Count, second.Count); i++)
        {
            if (i < first.Count) all.Add(first[i]);
            if (i < second.Count) all.Add(second[i]);
        }
        return all;
    }
}
