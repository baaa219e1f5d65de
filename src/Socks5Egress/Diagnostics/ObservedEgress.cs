using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Identity;

namespace Socks5Egress.Diagnostics;

/// <summary>From where the connections of one family leave by one way, as the probes tell it.</summary>
/// <param name="Family">ipv4 or ipv6.</param>
/// <param name="Expected">The addresses of <c>--expect-egress</c>; none when only the probes were named.</param>
/// <param name="Seen">The address that the probes agree on, or null.</param>
/// <param name="Right">Whether that is an expected one; null when nothing was seen, or nothing is expected.</param>
/// <param name="AllowList">Lines for the other side's allow-list.</param>
/// <param name="PgHba">The same for its pg_hba.conf.</param>
/// <param name="Fault">What is wrong and what to do, or null.</param>
internal sealed record ObservedEgress(
    string Family, IReadOnlyList<string> Expected, string? Seen, bool? Right, IReadOnlyList<string> AllowList, IReadOnlyList<string> PgHba, string? Fault)
{
    /// <summary>Words for what a round of probes saw.</summary>
    public static ObservedEgress Of(AddressFamily family, IReadOnlyList<IPAddress> expected, Observation sighting, IdentityMode mode)
    {
        bool? right = sighting.Seen == Socks5Egress.Gateway.Identity.Seen.Nothing || expected.Count == 0 ? null : sighting.Seen == Socks5Egress.Gateway.Identity.Seen.Right;
        IReadOnlyList<IPAddress> listed = expected.Count > 0 ? expected : sighting.Address is { } address ? [address] : [];
        return new ObservedEgress(
            FamilyName.Of(family), [.. expected.Select(each => each.ToString())], sighting.Address?.ToString(), right,
            [.. listed.Select(AllowListLines.Cidr)], [.. listed.Select(AllowListLines.PgHba)], FaultOf(expected, sighting, mode));
    }

    private static string? FaultOf(IReadOnlyList<IPAddress> expected, Observation sighting, IdentityMode mode) => sighting.Seen switch
    {
        Socks5Egress.Gateway.Identity.Seen.Wrong when expected.Count > 0 =>
            $"leaves from {sighting.Address}, which is not expected: see --bind, wait when the address is fresh, or have {AllowListLines.Cidr(sighting.Address!)} let in as well.",
        // An outage of the probes is nobody's fault but theirs, unless one wants proof
        Socks5Egress.Gateway.Identity.Seen.Nothing when expected.Count > 0 && mode == IdentityMode.Strict => "no two probes told the same address, and --identity strict wants it seen.",
        _ => null,
    };
}
