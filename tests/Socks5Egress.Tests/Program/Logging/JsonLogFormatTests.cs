using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Socks5Egress.Tests.Program.Logging;

public sealed class JsonLogFormatTests
{
    private const string Head = """{"time":"2026-11-24T10:00:00.007Z","level":"info","event":"session.end",""";

    [Fact]
    public void A_line_is_time_level_event_and_the_fields_in_their_order()
        => Assert.Equal(
            Head + """
            "id":"7","n":1,"bytes_up":9000000000,"connect_ms":5.6,"ok":true,"user":null,"listen":["a","b"],"error":"ConnectionReset"}

            """.ReplaceLineEndings("\n"),
            Lines.Json(("id", "7"), ("n", 1), ("bytes_up", 9_000_000_000L), ("connect_ms", 5.6), ("ok", true), ("user", null),
                ("listen", new[] { "a", "b" }), ("error", SocketError.ConnectionReset), ("{OriginalFormat}", "template")));

    [Theory]
    [InlineData("\n{\"event\":\"forged\"}")]
    [InlineData("\r\n")]
    [InlineData("\u0000\u001b[31m")]
    [InlineData("\u007f\u009b31m\u0085")]
    [InlineData("\u2028\u2029")]
    [InlineData("\"\\")]
    [InlineData("\u202egnp.exe\u2066\u200b\u00ad\ufeff\u061c")]
    [InlineData("\ue000\U000E0001\U000F0000")]
    [InlineData("\ud800")]
    public void Nothing_that_a_client_sends_can_begin_a_line_or_steer_a_terminal(string text)
    {
        var line = Lines.Json(("target", text));

        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
        Assert.DoesNotContain(line.TrimEnd('\n'), c => !LogEscapeAllows(c));
        if (text != "\ud800") Assert.Equal(text, JsonDocument.Parse(line).RootElement.GetProperty("target").GetString());
    }

    private static bool LogEscapeAllows(char c) => char.IsSurrogate(c) ? throw new InvalidOperationException("No letter of these lies beyond the BMP unescaped")
        : char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse);

    [Theory]
    [InlineData("münchen.example <>&+'", "münchen.example <>&+'")]
    [InlineData("ü\u202ex", "ü\\u202ex")]
    public void Other_letters_stay_as_they_are(string text, string written)
        => Assert.Contains($"\"target\":\"{written}\"", Lines.Json(("target", text)), StringComparison.Ordinal);

    [Fact]
    public void Numbers_that_JSON_has_not_are_texts() => Assert.Contains("\"x\":\"NaN\"", Lines.Json(("x", double.NaN)), StringComparison.Ordinal);

    [Theory]
    [InlineData(LogLevel.Trace, "trace")]
    [InlineData(LogLevel.Debug, "debug")]
    [InlineData(LogLevel.Information, "info")]
    [InlineData(LogLevel.Warning, "warn")]
    [InlineData(LogLevel.Error, "error")]
    [InlineData(LogLevel.Critical, "critical")]
    public void Levels_have_short_names(LogLevel level, string name)
        => Assert.Contains($"\"level\":\"{name}\"", Lines.Format(true, Lines.Event() with { Level = level }), StringComparison.Ordinal);

    [Fact]
    public void An_exception_brings_its_text_on_the_same_line()
    {
        var line = Lines.Format(true, Lines.Event() with { Message = "It broke", Exception = new InvalidOperationException("a\nb") });

        Assert.Contains("\"message\":\"It broke\",\"exception\":\"System.InvalidOperationException: a\\nb\"", line, StringComparison.Ordinal);
    }
}
