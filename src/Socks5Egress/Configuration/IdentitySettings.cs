using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Identity;
using Socks5Egress.Gateway.Identity.Probes;

namespace Socks5Egress.Configuration;

/// <summary>Which addresses the gateway should leave from, and what follows when it does not.</summary>
internal sealed record IdentitySettings
{
    private static readonly ListSetting<IPAddress?> ExpectSetting = new("Identity:Expect", "--expect-egress", "ADDR[,ADDR]", null,
        "The addresses that connections should leave from, all of them, as the other side's allow-list has them", EndPointParser.ParseAddress);

    private static readonly Setting<IdentityMode?> ModeSetting = new("Identity:Mode", "--identity", "MODE", null,
        "off; warn: log and metric only; gate: stay closed while a wrong address is seen; strict: also until the right one is seen",
        Choice.Of<IdentityMode?>(("off", IdentityMode.Off), ("warn", IdentityMode.Warn), ("gate", IdentityMode.Gate), ("strict", IdentityMode.Strict)))
    {
        DefaultWords = "off; gate when addresses are expected",
    };

    private static readonly ListSetting<Uri?> ProbesSetting = new("Identity:Probes", "", "URL[,URL]", string.Join(',', ProbeText.Defaults),
        "Services that tell the address they are asked from; two have to agree", ProbeText.Parse);

    private static readonly Setting<TimeSpan> IntervalSetting = new("Identity:Interval", "", "DURATION", "5m",
        "How often to ask again once all is right", DurationParser.Parse);

    /// <summary>What no option says.</summary>
    public static IReadOnlyList<Setting> FileOnly { get; } = [ProbesSetting, IntervalSetting];

    public static SettingGroup Group { get; } = new("Egress identity", [ExpectSetting, ModeSetting]);

    public required IdentityMode Mode { get; init; }

    /// <summary>Both families; empty when the mode is off.</summary>
    public required ImmutableArray<IPAddress> Expected { get; init; }

    /// <summary>At least one. Default: four public services.</summary>
    public required ImmutableArray<Uri> Probes { get; init; }

    /// <summary>Default 5 min.</summary>
    public required TimeSpan Interval { get; init; }

    public static IdentitySettings Read(SettingsReader reader)
    {
        ImmutableArray<IPAddress> expected = [.. reader.Read(ExpectSetting).Select(item => item.Value).OfType<IPAddress>()];
        var mode = reader.Read(ModeSetting, out var writtenAs) ?? (expected.IsEmpty ? IdentityMode.Off : IdentityMode.Gate);
        if (mode != IdentityMode.Off && expected.IsEmpty) reader.Refuse(writtenAs, "needs the addresses to expect; give them with --expect-egress");
        ImmutableArray<Uri> probes = [.. reader.Read(ProbesSetting).Select(item => item.Value).OfType<Uri>()];
        if (mode != IdentityMode.Off && probes.IsEmpty) reader.Refuse("Identity:Probes", "is empty; name at least one echo service, or leave it out");
        var interval = reader.Read(IntervalSetting, out var intervalWrittenAs);
        if (interval < TimeSpan.FromSeconds(1)) reader.Refuse(intervalWrittenAs.Length == 0 ? "Identity:Interval" : intervalWrittenAs, "is shorter than 1s");
        return new IdentitySettings { Mode = mode, Expected = mode == IdentityMode.Off ? [] : expected, Probes = probes, Interval = interval };
    }
}
