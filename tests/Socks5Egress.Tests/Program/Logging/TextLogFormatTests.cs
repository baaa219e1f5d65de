using Microsoft.Extensions.Logging;
using Xunit;

namespace Socks5Egress.Tests.Program.Logging;

public sealed class TextLogFormatTests
{
    private const string Head = "2026-11-24T10:00:00.007Z info  session.end ";

    [Fact]
    public void A_line_is_time_level_event_and_pairs()
        => Assert.Equal(
            Head + "id=7 bytes_up=9000000000 connect_ms=5.6 ok=true listen=a,b\n",
            Lines.Text(("id", "7"), ("bytes_up", 9_000_000_000L), ("connect_ms", 5.6), ("ok", true), ("user", null), ("listen", new[] { "a", "b" })));

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("a=b", "\"a=b\"")]
    [InlineData("a\"b", "\"a\\\"b\"")]
    [InlineData("a\\b", "\"a\\\\b\"")]
    [InlineData("a\nb\r\t", "\"a\\nb\\r\\t\"")]
    [InlineData("\u001b[31m\u009b\u007f\u0000", "\"\\u001b[31m\\u009b\\u007f\\u0000\"")]
    [InlineData("\u202egnp.exe\u2066\u200b", "\"\\u202egnp.exe\\u2066\\u200b\"")]
    [InlineData("\u2028\ue000", "\"\\u2028\\ue000\"")]
    [InlineData("\U000E0001", "\"\\udb40\\udc01\"")]
    [InlineData("münchen.example", "münchen.example")]
    [InlineData("😀 ", "\"😀 \"")]
    [InlineData("127.0.0.1:80", "127.0.0.1:80")]
    public void A_value_is_quoted_and_escaped_when_it_could_be_taken_for_something_else(string text, string expected)
        => Assert.Equal(Head + "user=" + expected + "\n", Lines.Text(("user", text)));

    [Fact]
    public void A_message_stands_behind_the_event()
        => Assert.Equal(
            "2026-11-24T10:00:00.007Z error some.event It broke exception=\"System.InvalidOperationException: x\"\n",
            Lines.Format(false, Lines.Event() with { Level = LogLevel.Error, Name = "some.event", Message = "It broke", Exception = new InvalidOperationException("x") }));
}
