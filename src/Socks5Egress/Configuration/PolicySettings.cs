using System.Collections.Immutable;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>What may be reached. Rules are in the order of writing.</summary>
internal sealed record PolicySettings
{
    /// <summary>The words of <c>RequireTls</c>, wherever it stands.</summary>
    internal static readonly TextParser<TlsMode> RequireTlsChoice = Choice.Of(("off", TlsMode.Off), ("report", TlsMode.Report), ("enforce", TlsMode.Enforce));

    // A rule's ports have commas of their own
    private static readonly ListSetting<Rule?> AllowSetting = new("Policy:Allow", "--allow", "RULE", null,
        "Open a target (repeatable). RULE is TARGET[:PORTS]: an address, CIDR, name, *.suffix or *; PORTS 443, 1-1024 or 80,443; [IPv6]:PORTS. Commas may stand between rules", ParseRule) { SplitsAtComma = false, IsText = true, Split = Rule.SplitList };

    private static readonly ListSetting<Rule?> DenySetting = new("Policy:Deny", "--deny", "RULE", null,
        "Refuse a target; wins over every --allow (repeatable)", ParseRule) { SplitsAtComma = false, IsText = true, Split = Rule.SplitList };

    private static readonly Setting<PolicyDefault> DefaultSetting = new("Policy:Default", "--default", "public|none", "public",
        "What no rule names: public addresses, or nothing", Choice.Of(("public", PolicyDefault.Public), ("none", PolicyDefault.None)));

    private static readonly Setting<PolicyMode> ModeSetting = new("Policy:Mode", "", "enforce|report|open", "enforce",
        "What becomes of what a deny rule or the default refuses", Choice.Of(("enforce", PolicyMode.Enforce), ("report", PolicyMode.Report), ("open", PolicyMode.Open)));

    private static readonly Setting<TlsMode> RequireTlsSetting = new("Policy:RequireTls", "--require-tls", "off|report|enforce", "off",
        "What becomes of sessions that do not turn to TLS in their first flight: nothing is read, they are counted, or refused", RequireTlsChoice);

    private static readonly Setting<bool> SniSetting = new("Policy:Sni", "", "off|match", "off",
        "The name in the ClientHello has to be the one that the client asked for", Choice.Of(("off", false), ("match", true)));

    private static readonly ListSetting<Cidr> Nat64Setting = new("Policy:Nat64", "--nat64", "PREFIX", null,
        "NAT64 prefix of this network (repeatable): the IPv4 address in it is judged too, as that in 64:ff9b::/96 is in any case", ParseNat64)
    {
        DefaultWords = "none",
    };

    /// <summary>What no option says.</summary>
    public static IReadOnlyList<Setting> FileOnly { get; } = [ModeSetting, SniSetting];


    private const string NamedKey = "Policies", GeneralKey = "Policy";

    public static SettingGroup Group { get; } = new("Policy", [AllowSetting, DenySetting, DefaultSetting, RequireTlsSetting, Nat64Setting]);

    /// <summary>As accounts call it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether deny rules and the default are enforced.</summary>
    public required PolicyMode Mode { get; init; }

    /// <summary>The rules of <c>--allow</c>.</summary>
    public required ImmutableArray<Rule> Allow { get; init; }

    /// <summary>The rules of <c>--deny</c>.</summary>
    public required ImmutableArray<Rule> Deny { get; init; }

    /// <summary>What becomes of a destination that no rule names.</summary>
    public required PolicyDefault Default { get; init; }

    /// <summary>What its sessions have to say first.</summary>
    public required TlsRequirement Tls { get; init; }

    /// <summary>How long its sessions may go on and how fast.</summary>
    public SessionTerms Terms { get; init; } = SessionTerms.None;

    /// <summary>The general policy: of whoever has none of his own.</summary>
    public static PolicySettings Read(SettingsReader reader) =>
        Read(reader, PolicySet.GeneralName, AllowSetting, DenySetting, DefaultSetting, ModeSetting, new TlsRequirement(reader.Read(RequireTlsSetting), reader.Read(SniSetting)))
            with { Terms = TermSettings.Read(reader, GeneralKey, hasRate: true) };

    /// <summary>
    /// The policies that accounts may name. Nothing is inherited but what is asked of the first flight: what one leaves out is as the program has it, and
    /// <c>--require-tls enforce</c> is not lost by naming a policy.
    /// </summary>
    /// <param name="reader">Where they come from.</param>
    /// <param name="general">What the general policy asks.</param>
    public static ImmutableArray<PolicySettings> ReadNamed(SettingsReader reader, TlsRequirement general) =>
    [
        .. reader.Entries(NamedKey).Select(section => Read(
            reader, section[(NamedKey.Length + 1)..], AllowSetting.In(section, "Allow"), DenySetting.In(section, "Deny"),
            DefaultSetting.In(section, "Default"), ModeSetting.In(section, "Mode"), new TlsRequirement(
                reader.TryRead(RequireTlsSetting.In(section, "RequireTls") with { Default = null }, out var mode) ? mode : general.Mode,
                reader.TryRead(SniSetting.In(section, "Sni") with { Default = null }, out var matches) ? matches : general.MatchesSni)) with { Terms = TermSettings.Read(reader, section, hasRate: true) }),
    ];

    private static PolicySettings Read(
        SettingsReader reader, string name, ListSetting<Rule?> allow, ListSetting<Rule?> deny, Setting<PolicyDefault> byDefault, Setting<PolicyMode> mode,
        TlsRequirement tls) => new()
    {
        Name = name,
        Allow = Rules(reader, allow),
        Deny = Rules(reader, deny),
        Default = reader.Read(byDefault),
        Mode = reader.Read(mode),
        Tls = tls,
    };

    /// <summary>What finds IPv4 addresses in IPv6 ones here, for all policies.</summary>
    public static EmbeddedIPv4 ReadNat64(SettingsReader reader) => new([.. reader.Read(Nat64Setting).Select(prefix => prefix.Value)]);

    private static string? ParseNat64(string text, out Cidr prefix)
    {
        if (NetworkParser.Parse(text, out prefix) is { } error) return error;
        return prefix.IsIPv4 || !EmbeddedIPv4.PrefixLengths.Contains(prefix.Prefix)
            ? $"'{text}' is not a NAT64 prefix: write an IPv6 one of 32, 40, 48, 56, 64 or 96 bits, such as 2001:db8:64::/96 (RFC 6052)"
            : null;
    }

    private static ImmutableArray<Rule> Rules(SettingsReader reader, ListSetting<Rule?> setting)
        => [.. reader.Read(setting).Select(rule => rule.Value).OfType<Rule>()];

    internal static string? ParseRule(string text, out Rule? rule) => Rule.TryParse(text, out rule, out var error) ? null : error;
}
