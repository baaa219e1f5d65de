using Microsoft.Extensions.Logging;

namespace Socks5Egress.Logging;

/// <summary>One thing that happened, ready to be written in either form.</summary>
/// <param name="Time">In UTC.</param>
/// <param name="Level">Not <see cref="LogLevel.None"/>.</param>
/// <param name="Name">Such as <c>session.end</c>; the category of a library that gives its events no name.</param>
/// <param name="Fields">Keys as they stand, in their order.</param>
/// <param name="Message">Words, where fields do not say it all; else null.</param>
/// <param name="Exception">A bug that shows itself, or null.</param>
internal readonly record struct LogEvent(
    DateTimeOffset Time, LogLevel Level, string Name, IReadOnlyList<KeyValuePair<string, object?>> Fields, string? Message, Exception? Exception)
{
    /// <summary>The key under which .NET passes a message's template; it is no field.</summary>
    public const string TemplateKey = "{OriginalFormat}";

    /// <summary>As the logs of most programs have it: to the millisecond.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The name of the level in both forms.</summary>
    public ReadOnlySpan<byte> LevelName => Level switch
    {
        LogLevel.Trace => "trace"u8,
        LogLevel.Debug => "debug"u8,
        LogLevel.Information => "info"u8,
        LogLevel.Warning => "warn"u8,
        LogLevel.Error => "error"u8,
        _ => "critical"u8,
    };
}
