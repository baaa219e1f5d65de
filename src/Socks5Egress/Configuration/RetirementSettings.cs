using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>Sessions that end at a quiet moment, and their pace. A reload takes all of it over.</summary>
internal sealed record RetirementSettings
{
    private static readonly Setting<TimeSpan> LifetimeSetting = new("Timeouts:Lifetime", "--session-lifetime", "DURATION", "0",
        "Age from which a session is due: it ends in order at the next quiet moment; 0: no age", DurationParser.Parse);

    private static readonly Setting<TimeSpan> QuietSetting = new("Timeouts:RetireQuiet", "--retire-quiet", "DURATION", "10s",
        "How long no byte flows in a session that is due, after the target spoke last, until its moment counts as quiet", DurationParser.Parse);

    private static readonly Setting<TimeSpan> TimeoutSetting = new("Timeouts:RetireTimeout", "--retire-timeout", "DURATION", "0",
        "How long a busy session that is due waits for a quiet moment; 0: for ever", DurationParser.Parse);

    private static readonly Setting<bool> FollowSetting = new("Dns:Follow", "--follow-dns", "", "false",
        "Sessions whose address has been missing from 3 answers of DNS in a row are due", Choice.Switch);

    private static readonly Setting<long?> RateSetting = new("Limits:SessionRate", "--session-rate", "BITS", "0",
        "Bits a second in each direction of a session, paced by the kernel; a number, or one with K, M or G; 0: no limit", TermSettings.ParseRate);

    private static readonly Setting<bool> PasswordSetting = new("RetireOnPasswordChange", "", "", "false",
        "A changed password lets its user's sessions end at a quiet moment, instead of at once", Choice.Switch);

    public static SettingGroup Group { get; } = new("Sessions that end well",
        [LifetimeSetting, QuietSetting, TimeoutSetting, FollowSetting, RateSetting]);

    /// <summary>What no option says.</summary>
    public static IReadOnlyList<Setting> FileOnly { get; } = [PasswordSetting];

    /// <summary>The keys that hold from a reload on, though others beside them do not.</summary>
    public static IEnumerable<string> LiveKeys => Group.Settings.Select(setting => setting.Key);

    /// <summary>Where neither a policy, a route nor a forward says otherwise.</summary>
    public required SessionTerms Terms { get; init; }

    /// <summary>When sessions that are due end.</summary>
    public required RetireSettings Retiring { get; init; }

    public static RetirementSettings Read(SettingsReader reader) => new()
    {
        Terms = new SessionTerms(reader.Read(LifetimeSetting), null, reader.Read(FollowSetting), reader.Read(RateSetting)),
        Retiring = new RetireSettings(reader.Read(QuietSetting), reader.Read(TimeoutSetting), reader.Read(PasswordSetting)),
    };
}
