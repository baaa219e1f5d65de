using Microsoft.Extensions.Logging;

namespace Socks5Egress.Configuration;

/// <summary>How log lines look and which are written.</summary>
internal sealed record LogSettings
{
    private static readonly Setting<bool?> FormatSetting = new("Log:Format", "--log", "text|json", null,
        "Form of the lines on standard error", Choice.Of<bool?>(("text", false), ("json", true)))
    {
        DefaultWords = "text on a terminal, else json",
    };

    private static readonly Setting<LogLevel> LevelSetting = new("Log:Level", "--log-level", "LEVEL", "information",
        "trace, debug, information, warning, error, critical or none",
        Choice.Of(("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("information", LogLevel.Information), ("warning", LogLevel.Warning),
            ("error", LogLevel.Error), ("critical", LogLevel.Critical), ("none", LogLevel.None),
            // What the lines themselves call two of them
            ("info", LogLevel.Information), ("warn", LogLevel.Warning)));

    public static SettingGroup Group { get; } = new("Log", [FormatSetting, LevelSetting]);

    /// <summary>One JSON object a line; otherwise text for people.</summary>
    public required bool Json { get; init; }

    /// <summary>The lowest level that is written.</summary>
    public required LogLevel Level { get; init; }

    /// <param name="reader">Where the settings come from.</param>
    /// <param name="onTerminal">Standard error is a terminal.</param>
    public static LogSettings Read(SettingsReader reader, bool onTerminal)
        => new() { Json = reader.Read(FormatSetting) ?? !onTerminal, Level = reader.Read(LevelSetting) };
}
