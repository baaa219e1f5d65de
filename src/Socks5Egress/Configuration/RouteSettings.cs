using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>One route of the file: <c>"Routes": [{ "Target": "*.partner.example", "Family": "ipv4", "Bind": ["198.51.100.7"] }]</c>.</summary>
internal sealed record RouteSettings
{
    private const string SectionKey = "Routes";

    private static readonly Setting<Rule?> TargetSetting = new("Target", "", "RULE", null, "What it is for, in the form of a rule", PolicySettings.ParseRule) { IsText = true };

    private static readonly ListSetting<IPAddress?> BindSetting = new("Bind", "", "ADDR[,ADDR]", null, "Egress source address", EndPointParser.ParseAddress);

    private static readonly Setting<AddressFamilyPreference?> FamilySetting = new("Family", "", "FAMILY", null, "Families and their order",
        Choice.Of<AddressFamilyPreference?>(("auto", AddressFamilyPreference.Auto), ("prefer-ipv4", AddressFamilyPreference.PreferIPv4), ("prefer-ipv6", AddressFamilyPreference.PreferIPv6),
            ("ipv4", AddressFamilyPreference.IPv4), ("ipv6", AddressFamilyPreference.IPv6)));

    /// <summary>What it is for. Without ports: for all of them.</summary>
    public required Rule Target { get; init; }

    /// <summary>What is written beside the target.</summary>
    public required Route Route { get; init; }

    /// <summary>Reads all routes, in the order of writing: the first whose target matches is taken.</summary>
    public static ImmutableArray<RouteSettings> Read(SettingsReader reader)
    {
        var routes = ImmutableArray.CreateBuilder<RouteSettings>();
        foreach (var section in reader.Sections(SectionKey))
        {
            var shown = section.Replace(':', '.');
            var target = reader.Read(TargetSetting.In(section, "Target"), out var writtenAs);
            if (writtenAs.Length == 0) reader.Refuse(shown, "there is no Target; add \"Target\": \"RULE\"");
            var family = reader.Read(FamilySetting.In(section, "Family"), out var familyWrittenAs);
            var bind = BindParser.Read(reader, BindSetting.In(section, "Bind"));
            var terms = TermSettings.Read(reader, section);
            if (family is null && bind is null && terms == SessionTerms.None) reader.Refuse(shown, "it says nothing; add Family, Bind, Lifetime or Follow");
            if (bind is { } sources && ((family == AddressFamilyPreference.IPv4 && sources.IPv4 is null) || (family == AddressFamilyPreference.IPv6 && sources.IPv6 is null)))
                reader.Refuse(familyWrittenAs, "Bind has no address of that family");
            if (target is not null) routes.Add(new RouteSettings { Target = target, Route = new Route(family, bind) { Terms = terms } });
        }
        return routes.ToImmutable();
    }
}
