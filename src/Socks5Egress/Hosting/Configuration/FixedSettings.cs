using System.Collections.Immutable;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>What holds from start to end, whatever a reload reads: it was opened once, or sessions and loops carry it with them.</summary>
internal static class FixedSettings
{
    private static readonly ImmutableArray<string> Keys =
        ["Forwards", "Timeouts", "Transport", "Admin", "AdminTokenFile", "AdminHosts", "Log", "Dns", "Identity", "Limits:Destination", "Limits:Memory"];

    /// <summary>What a forward takes over from the listeners' settings when it is opened.</summary>
    private static readonly ImmutableArray<string> KeysOfForwards = ["Clients", "ProxyProtocol", "ProxyProtocolFrom", "Tls"];

    /// <summary>The settings that differ from those of the start and do not hold, as the file writes them; empty: all of it holds.</summary>
    /// <param name="start">What was loaded at the start.</param>
    /// <param name="now">What was read by a reload.</param>
    public static ImmutableArray<string> Changed(LoadedConfiguration start, LoadedConfiguration now)
    {
        var keys = start.Settings!.Forwards.IsEmpty ? Keys : Keys.AddRange(KeysOfForwards);
        var (before, after) = (Texts(start, keys), Texts(now, keys));
        return
        [
            .. before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase)
                .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
                .Select(key => key.Replace(':', '.')).Order(StringComparer.Ordinal),
        ];
    }

    private static Dictionary<string, string> Texts(LoadedConfiguration loaded, ImmutableArray<string> keys)
        => loaded.Effective.Where(setting => keys.Any(key => SettingsReader.IsAtOrBelow(setting.Key, key)))
            .GroupBy(setting => setting.Key, setting => string.Join('\n', setting.Texts), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => string.Join('\n', group), StringComparer.OrdinalIgnoreCase);
}
