using System.Collections.Immutable;

namespace Socks5Egress.Configuration;

/// <summary>What holds from start to end, whatever a reload reads: it was opened once, or sessions and loops carry it with them.</summary>
internal static class RestartOnlySettings
{
    private static readonly ImmutableArray<string> Keys =
        ["Forwards", "Timeouts", "Transport", "Admin", "AdminTokenFile", "AdminHosts", "Log", "Dns", "Identity", "Limits:Destination", "Limits:Memory"];

    /// <summary>What a reload takes over of a static forward, as of any listener: who may connect and how they are known.</summary>
    private static readonly ImmutableArray<string> LiveInForwards = [":Clients", ":ProxyProtocol", ":Tls", ":Lifetime", ":Jitter", ":Follow"];

    /// <summary>The settings that differ from those of the start and do not hold, as the file writes them; empty: all of it holds.</summary>
    /// <param name="start">What was loaded at the start.</param>
    /// <param name="now">What was read by a reload.</param>
    public static ImmutableArray<string> Changed(LoadedConfiguration start, LoadedConfiguration now)
    {
        var (before, after) = (Texts(start), Texts(now));
        return
        [
            .. before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase)
                .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
                .Select(key => key.Replace(':', '.')).Order(StringComparer.Ordinal),
        ];
    }

    private static Dictionary<string, string> Texts(LoadedConfiguration loaded)
        => loaded.Effective.Where(setting => Keys.Any(key => SettingsReader.IsAtOrBelow(setting.Key, key)) && !IsLive(setting.Key))
            .GroupBy(setting => setting.Key, setting => string.Join('\n', setting.Texts), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join('\n', group), StringComparer.OrdinalIgnoreCase);

    private static bool IsLive(string key) => RetirementSettings.LiveKeys.Contains(key, StringComparer.OrdinalIgnoreCase) || SettingsReader.IsAtOrBelow(key, "Forwards")
        && LiveInForwards.Any(live => key.Contains(live, StringComparison.OrdinalIgnoreCase));
}
