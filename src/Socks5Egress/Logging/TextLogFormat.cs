using System.Buffers;
using System.Globalization;
using System.Text;

namespace Socks5Egress.Logging;

/// <summary>
/// Lines for people: time, level, event, <c>key=value</c> pairs without those that have no value. A value with a blank, a quote or an equals sign is quoted;
/// what could move a terminal's cursor, turn its writing direction or begin a line is escaped: values come from clients.
/// </summary>
internal static class TextLogFormat
{
    private const int LevelWidth = 5;

    /// <summary>Appends a line with its newline.</summary>
    public static void Write(IBufferWriter<byte> output, in LogEvent e)
    {
        Span<byte> time = stackalloc byte[32];
        e.Time.TryFormat(time, out var length, LogEvent.TimeFormat, CultureInfo.InvariantCulture);
        output.Write(time[..length]);
        output.Write(" "u8);
        output.Write(e.LevelName);
        for (var i = e.LevelName.Length; i <= LevelWidth; i++) output.Write(" "u8);
        WriteText(output, e.Name);
        for (var i = 0; i < e.Fields.Count; i++)
        {
            var (key, value) = e.Fields[i];
            if (value is null || key == LogEvent.TemplateKey) continue;
            output.Write(" "u8);
            WriteText(output, key);
            output.Write("="u8);
            WriteValue(output, value);
        }
        if (e.Message is not null)
        {
            output.Write(" "u8);
            WriteText(output, e.Message);
        }
        if (e.Exception is not null)
        {
            output.Write(" exception="u8);
            WriteQuoted(output, e.Exception.ToString());
        }
        output.Write("\n"u8);
    }

    private static void WriteValue(IBufferWriter<byte> output, object value)
    {
        if (value is IEnumerable<string> texts) value = string.Join(',', texts);
        if (value is bool flag) output.Write(flag ? "true"u8 : "false"u8);
        else if (value is int or long or double) Encoding.UTF8.GetBytes(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture), output);
        else WriteText(output, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", quoteBlanks: true);
    }

    private static void WriteText(IBufferWriter<byte> output, string text, bool quoteBlanks = false)
    {
        var plain = !quoteBlanks || text.Length > 0;
        foreach (var rune in text.EnumerateRunes())
            plain &= !NeedsEscape(rune) && (!quoteBlanks || rune.Value is not (' ' or '='));
        if (plain) Encoding.UTF8.GetBytes(text, output);
        else WriteQuoted(output, text);
    }

    private static void WriteQuoted(IBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        Span<byte> encoded = stackalloc byte[8];
        foreach (var rune in text.EnumerateRunes())
        {
            if (NeedsEscape(rune)) WriteEscape(output, rune);
            else output.Write(encoded[..rune.EncodeToUtf8(encoded)]);
        }
        output.Write("\""u8);
    }

    private static void WriteEscape(IBufferWriter<byte> output, Rune rune)
    {
        switch (rune.Value)
        {
            case '"': output.Write("\\\""u8); break;
            case '\\': output.Write("\\\\"u8); break;
            case '\n': output.Write("\\n"u8); break;
            case '\r': output.Write("\\r"u8); break;
            case '\t': output.Write("\\t"u8); break;
            default:
                foreach (var unit in rune.ToString())
                    Encoding.UTF8.GetBytes("\\u" + ((int)unit).ToString("x4", CultureInfo.InvariantCulture), output);
                break;
        }
    }

    private static bool NeedsEscape(Rune rune) => rune.Value is '"' or '\\' || LogEscape.Needs(rune);
}
