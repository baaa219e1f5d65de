using System.Net.Sockets;

namespace Socks5Egress.Gateway.Routing;

/// <summary>In which order addresses are tried. Pure.</summary>
internal static class AddressOrder
{
    /// <summary>
    /// Leaves out what an address's own way (its families, a missing source address) excludes, and orders the rest: interleaved by family,
    /// IPv6 first (RFC 8305 section 4), or one family after the other, as the way of the first address says. Within a family the resolver's order stays.
    /// </summary>
    public static IReadOnlyList<ConnectAttempt> Arrange(IReadOnlyList<Candidate> candidates)
    {
        if (candidates.Count == 1) return IsUsable(candidates[0]) ? [Step(candidates[0])] : [];
        if (candidates.Count == 0) return [];

        var six = Of(AddressFamily.InterNetworkV6);
        var four = Of(AddressFamily.InterNetwork);
        return candidates[0].Way.Family switch
        {
            AddressFamilyPreference.PreferIPv4 => [.. four, .. six],
            AddressFamilyPreference.PreferIPv6 => [.. six, .. four],
            _ => Interleave(six, four),
        };

        List<ConnectAttempt> Of(AddressFamily family) =>
            [.. candidates.Where(each => each.Address.AddressFamily == family && IsUsable(each)).DistinctBy(each => each.Address).Select(Step)];
    }

    /// <summary>What to try now that addresses of the other family have come, while earlier ones are being tried.</summary>
    /// <param name="left">Those that were not tried yet.</param>
    /// <param name="late">The newcomers. Their family goes first, unless the policy prefers the other one: that has had its turn.</param>
    /// <param name="family">The policy.</param>
    public static IReadOnlyList<ConnectAttempt> Join(IReadOnlyList<ConnectAttempt> left, IReadOnlyList<ConnectAttempt> late, AddressFamilyPreference family)
    {
        if (late.Count == 0) return left;
        return (family, late[0].Address.AddressFamily) switch
        {
            (AddressFamilyPreference.PreferIPv4, AddressFamily.InterNetwork) or (AddressFamilyPreference.PreferIPv6, AddressFamily.InterNetworkV6) => [.. late, .. left],
            (AddressFamilyPreference.PreferIPv4, _) or (AddressFamilyPreference.PreferIPv6, _) => [.. left, .. late],
            _ => Interleave([.. late], [.. left]),
        };
    }

    private static ConnectAttempt Step(Candidate candidate) =>
        new(candidate.Address, candidate.Way.Sources.For(candidate.Address), candidate.Route);

    private static bool IsUsable(Candidate candidate) =>
        candidate.Way.Uses(candidate.Address.AddressFamily);

    private static List<ConnectAttempt> Interleave(List<ConnectAttempt> first, List<ConnectAttempt> second)
    {
        var all = new List<ConnectAttempt>(first.Count + second.Count);
        for (var i = 0; i < Math.Max(first.Count, second.Count); i++)
        {
            if (i < first.Count) all.Add(first[i]);
            if (i < second.Count) all.Add(second[i]);
        }
        return all;
    }
}
