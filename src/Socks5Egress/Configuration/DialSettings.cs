using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>How targets are resolved and dialled.</summary>
internal sealed record DialSettings
{
    private static readonly ListSetting<IPAddress?> BindSetting = new("Bind", "--bind", "ADDR[,ADDR]", null,
        "Egress source address, one a family at most; a family without one is then not used", EndPointParser.ParseAddress)
    {
        DefaultWords = "the system's choice",
    };

    private static readonly Setting<AddressFamilyPreference> FamilySetting = new("Dial:Family", "--family", "FAMILY", "auto",
        "auto (Happy Eyeballs), prefer-ipv4, prefer-ipv6, ipv4 or ipv6",
        Choice.Of(("auto", AddressFamilyPreference.Auto), ("prefer-ipv4", AddressFamilyPreference.PreferIPv4), ("prefer-ipv6", AddressFamilyPreference.PreferIPv6),
            ("ipv4", AddressFamilyPreference.IPv4), ("ipv6", AddressFamilyPreference.IPv6)));

    private static readonly ListSetting<IPEndPoint?> ResolverSetting = new("Dns:Server", "--resolver", "ADDR[:PORT]", null,
        "DNS server to ask, the next one when it does not answer; /etc/hosts comes first in any case", EndPointParser.ParseResolver)
    {
        DefaultWords = "the system's",
    };

    private static readonly ListSetting<string> SearchSetting = new("Dns:Search", "--dns-search", "SUFFIX", null,
        "Suffix that a name without a dot is tried with, and one with a dot when it does not exist alone; each full name is judged", ParseSuffix)
    {
        DefaultWords = "none: every name is a full name",
    };

    public static SettingGroup Group { get; } = new("Way out", [BindSetting, FamilySetting, ResolverSetting, SearchSetting]);

    /// <summary>The IPv4 address to leave from; null: the system's choice, unless only <see cref="BindIPv6"/> is set: then IPv4 is not used.</summary>
    public required IPAddress? BindIPv4 { get; init; }

    /// <summary>The IPv6 address to leave from; null: the system's choice, unless only <see cref="BindIPv4"/> is set: then IPv6 is not used.</summary>
    public required IPAddress? BindIPv6 { get; init; }

    /// <summary>Families and their order.</summary>
    public required AddressFamilyPreference Family { get; init; }

    /// <summary>The DNS servers to ask, in their order; none: the system's.</summary>
    public required ImmutableArray<IPEndPoint> Resolvers { get; init; }

    /// <summary>Suffixes that relative names are tried with, in lower case without dots around them; none: names are absolute.</summary>
    public ImmutableArray<string> SearchList { get; init; } = [];

    public static DialSettings Read(SettingsReader reader)
    {
        var (v4, v6) = BindParser.Read(reader, BindSetting) is { } sources ? (sources.IPv4, sources.IPv6) : default;
        var family = reader.Read(FamilySetting, out var familyWrittenAs);
        if (family == AddressFamilyPreference.IPv4 && v4 is null && v6 is not null)
            reader.Refuse(familyWrittenAs, $"ipv4 cannot be used, as --bind names only the IPv6 address {v6}");
        if (family == AddressFamilyPreference.IPv6 && v6 is null && v4 is not null)
            reader.Refuse(familyWrittenAs, $"ipv6 cannot be used, as --bind names only the IPv4 address {v4}");
        return new DialSettings
        {
            BindIPv4 = v4,
            BindIPv6 = v6,
            Family = family,
            Resolvers = [.. reader.Read(ResolverSetting).Select(server => server.Value).OfType<IPEndPoint>().Distinct()],
            SearchList = [.. reader.Read(SearchSetting).Select(suffix => suffix.Value).Distinct(StringComparer.Ordinal)],
        };
    }

    private static string? ParseSuffix(string text, out string suffix)
    {
        suffix = text.Trim('.').ToLowerInvariant();
        return HostName.Check(suffix) is null ? null : $"'{text}' is not a domain; write one such as corp.example";
    }
}
