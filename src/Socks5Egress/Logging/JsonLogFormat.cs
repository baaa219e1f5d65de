using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Socks5Egress.Logging;

/// <summary>
/// One JSON object a line: <c>time</c>, <c>level</c>, <c>event</c>, then the fields. What <see cref="LogEscape"/> names is
/// escaped, so that no client can begin a line of its own or turn one around.
/// </summary>
internal static class JsonLogFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = new LogJsonEncoder(), SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    /// <summary>Appends a line with its newline.</summary>
    public static void Write(IBufferWriter<byte> output, in LogEvent e)
    {
        var json = s_writer ??= new Utf8JsonWriter(output, Options);
        json.Reset(output);
        json.WriteStartObject();
        Span<char> time = stackalloc char[32];
        e.Time.TryFormat(time, out var length, LogEvent.TimeFormat, CultureInfo.InvariantCulture);
        json.WriteString("time"u8, time[..length]);
        json.WriteString("level"u8, e.LevelName);
        json.WriteString("event"u8, e.Name);
        // By index: an enumerator would be an allocation a line
        for (var i = 0; i < e.Fields.Count; i++)
        {
            var (key, value) = e.Fields[i];
            if (key != LogEvent.TemplateKey) WriteField(json, key, value);
        }
        if (e.Message is not null) json.WriteString("message"u8, e.Message);
        if (e.Exception is not null) json.WriteString("exception"u8, e.Exception.ToString());
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static void WriteField(Utf8JsonWriter json, string key, object? value)
    {
        json.WritePropertyName(key);
        switch (value)
        {
            // Written, not left out: a script that reads a key finds it in every line of the event
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (var text in texts) json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
