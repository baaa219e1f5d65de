using System.Collections.Immutable;
using Socks5Egress.Policy;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>What may be reached. Rules are in the order of writing.</summary>
internal sealed record PolicySettings
{
    // A rule's ports have commas of their own, so that only one rule stands in one text
    private static readonly ListSetting<Rule?> AllowSetting = new("Policy:Allow", "--allow", "RULE", null,
        "Open a target (repeatable). RULE is TARGET[:PORTS]: an address, CIDR, name, *.suffix or *; PORTS 443, 1-1024 or 80,443; [IPv6]:PORTS", ParseRule) { SplitsAtComma = false };

    private static readonly ListSetting<Rule?> DenySetting = new("Policy:Deny", "--deny", "RULE", null,
        "Refuse a target; wins over every --allow (repeatable)", ParseRule) { SplitsAtComma = false };

    private static readonly Setting<PolicyDefault> DefaultSetting = new("Policy:Default", "--default", "public|none", "public",
        "What no rule names: public addresses, or nothing", Choice.Of(("public", PolicyDefault.Public), ("none", PolicyDefault.None)));

    public static SettingGroup Group { get; } = new("Policy", [AllowSetting, DenySetting, DefaultSetting]);

    /// <summary>The rules of <c>--allow</c>.</summary>
    public required ImmutableArray<Rule> Allow { get; init; }

    /// <summary>The rules of <c>--deny</c>.</summary>
    public required ImmutableArray<Rule> Deny { get; init; }

    /// <summary>What becomes of a destination that no rule names.</summary>
    public required PolicyDefault Default { get; init; }

    public static PolicySettings Read(SettingsReader reader) => new()
    {
        Allow = Rules(reader, AllowSetting),
        Deny = Rules(reader, DenySetting),
        Default = reader.Read(DefaultSetting),
    };

    private static ImmutableArray<Rule> Rules(SettingsReader reader, ListSetting<Rule?> setting)
        => [.. reader.Read(setting).Select(rule => rule.Value).OfType<Rule>()];

    private static string? ParseRule(string text, out Rule? rule) => Rule.TryParse(text, out rule, out var error) ? null : error;
}
