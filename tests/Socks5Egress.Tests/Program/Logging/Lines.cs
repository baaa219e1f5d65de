using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Socks5Egress.Logging;

namespace Socks5Egress.Tests.Program.Logging;

/// <summary>Formats one event as a string.</summary>
internal static class Lines
{
    public static readonly DateTimeOffset Time = new(2026, 11, 24, 10, 0, 0, 7, TimeSpan.Zero);

    public static string Json(params (string Key, object? Value)[] fields) => Format(true, Event(fields));

    public static string Text(params (string Key, object? Value)[] fields) => Format(false, Event(fields));

    public static LogEvent Event(params (string Key, object? Value)[] fields)
        => new(Time, LogLevel.Information, "session.end", [.. fields.Select(field => KeyValuePair.Create(field.Key, field.Value))], null, null);

    public static string Format(bool json, LogEvent e)
    {
        var buffer = new ArrayBufferWriter<byte>();
        EventLogger.Format(buffer, json, e);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
