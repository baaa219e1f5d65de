using System.Globalization;

namespace Socks5Egress.Configuration;

/// <summary>How much is let in. What is off by default is 0.</summary>
internal sealed record LimitSettings
{
    private static readonly Setting<int?> SessionsSetting = new("Limits:Sessions", "--max-sessions", "N", null,
        "Sessions in all", CountParser.Parse) { DefaultWords = "(descriptor limit - 500) / 2" };

    private static readonly Setting<int?> DestinationSetting = new("Limits:Destination", "--max-destination", "N", null,
        "Sessions to one destination address; 0: no ceiling. Another address of the name is tried, then the client is refused", ParseCeiling)
    {
        DefaultWords = "1000 on Fly.io, else 0",
    };

    private static readonly Setting<int?> PendingSetting = new("Limits:Pending", "--max-pending", "N", "2000",
        "Connections whose request is not yet read; one more takes the place of the oldest of the source that has most", CountParser.Parse);

    private static readonly Setting<int> WarmSetting = new("Limits:Warm", "--max-warm", "N", "64",
        "Logged-in connections of one user that wait for their request (without users: of one source); one more takes the place of the oldest; 0: no limit",
        CountParser.ParseOrZero);

    private static readonly Setting<int> UserSetting = new("Limits:UserSessions", "--max-user-sessions", "N", "0",
        "Sessions of one user; 0: no limit", CountParser.ParseOrZero);

    private static readonly Setting<int> SourceSetting = new("Limits:SourceSessions", "--max-source-sessions", "N", "0",
        "Sessions of one client address, an IPv6 one by its /64; 0: no limit", CountParser.ParseOrZero);

    private static readonly Setting<int> RateSetting = new("Limits:Rate", "--max-rate", "N", "0",
        "New sessions a second; 0: no limit", CountParser.ParseOrZero);

    private static readonly Setting<int> UserRateSetting = new("Limits:UserRate", "--max-user-rate", "N", "0",
        "New sessions a minute of one user, as many at once after a pause; 0: no limit", CountParser.ParseOrZero);

    private static readonly Setting<long> MemorySetting = new("Limits:Memory", "--max-memory", "BYTES", "0",
        "Resident memory above nine tenths of which new sessions are refused; a number, or one with K, M or G", ParseBytes)
    {
        DefaultWords = "the cgroup's limit, if it has one",
    };

    public static SettingGroup Group { get; } = new("Limits",
        [SessionsSetting, DestinationSetting, PendingSetting, WarmSetting, UserSetting, SourceSetting, RateSetting, UserRateSetting, MemorySetting]);

    /// <summary>Sessions in all; null: what the descriptor limit carries.</summary>
    public required int? Sessions { get; init; }

    /// <summary>Sessions to one destination address; 0: no ceiling; null: what the platform has.</summary>
    public required int? Destination { get; init; }

    /// <summary>Connections whose request is not yet read. Default 2,000.</summary>
    public required int Pending { get; init; }

    /// <summary>Logged-in connections of one user, or of one source without users, that wait for their request. Default 64; 0: no limit.</summary>
    public required int Warm { get; init; }

    /// <summary>Sessions of one user; 0: no limit.</summary>
    public required int UserSessions { get; init; }

    /// <summary>Sessions of one source; 0: no limit.</summary>
    public required int SourceSessions { get; init; }

    /// <summary>New sessions a second; 0: no limit.</summary>
    public required int Rate { get; init; }

    /// <summary>New sessions a minute of one user; 0: no limit.</summary>
    public required int UserRate { get; init; }

    /// <summary>Bytes of memory; 0: the cgroup's limit.</summary>
    public required long Memory { get; init; }

    public static LimitSettings Read(SettingsReader reader) => new()
    {
        Sessions = reader.Read(SessionsSetting),
        Destination = reader.Read(DestinationSetting),
        Pending = reader.Read(PendingSetting) ?? 0,
        Warm = reader.Read(WarmSetting),
        UserSessions = reader.Read(UserSetting),
        SourceSessions = reader.Read(SourceSetting),
        Rate = reader.Read(RateSetting),
        UserRate = reader.Read(UserRateSetting),
        Memory = reader.Read(MemorySetting),
    };

    private static string? ParseCeiling(string text, out int? count)
    {
        count = 0;
        return text == "0" ? null : CountParser.Parse(text, out count);
    }

    private static string? ParseBytes(string text, out long bytes)
    {
        var shift = text.Length == 0 ? 0 : text[^1] switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        if (!long.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out bytes) || bytes > long.MaxValue >> 30)
            return $"'{text}' is not a size; write a number of bytes, or one followed by K, M or G, such as 256M";
        bytes <<= shift;
        return null;
    }
}
