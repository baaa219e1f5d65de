using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Socks5Egress.Logging;

/// <summary>Formats on the caller's thread, into a buffer of that thread, and hands the bytes over. Levels are filtered by the factory.</summary>
internal sealed class EventLogger(string category, bool json, TimeProvider clock, LineQueue queue) : ILogger
{
    private const int LargestKept = 16 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_line;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.None) return;
        var fields = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        // Words besides fields only where the fields do not tell it: no fields, or a bug
        var message = exception is null && HasFields(fields) ? null : formatter(state, exception);
        var line = s_line ??= new ArrayBufferWriter<byte>();
        // At the beginning: a value that throws while it is formatted must not leave half a line for the next one
        line.ResetWrittenCount();
        Format(line, json, new LogEvent(clock.GetUtcNow(), logLevel, eventId.Name ?? category, fields, message, exception));
        queue.Add(line.WrittenSpan);
        if (line.Capacity > LargestKept) s_line = null;
    }

    /// <summary>Appends a line in one of the two forms.</summary>
    public static void Format(IBufferWriter<byte> output, bool json, in LogEvent logEvent)
    {
        if (json) JsonLogFormat.Write(output, logEvent);
        else TextLogFormat.Write(output, logEvent);
    }

    private static bool HasFields(IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        for (var i = 0; i < fields.Count; i++)
            if (fields[i].Key != LogEvent.TemplateKey) return true;
        return false;
    }
}
