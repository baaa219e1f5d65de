using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class DurationParserTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1000h", 3_600_000_000)]
    public void A_number_with_a_unit_is_a_duration(string text, double milliseconds)
    {
        Assert.Null(DurationParser.Parse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("10", "'10' has no unit; write 10s, or 10ms, m or h")]
    [InlineData("1.5", "'1.5' has no unit")]
    [InlineData("00", "'00' has no unit")]
    [InlineData("", "'' is not a duration")]
    [InlineData("s", "'s' is not a duration")]
    [InlineData("-1s", "'-1s' is not a duration")]
    [InlineData("+1s", "'+1s' is not a duration")]
    [InlineData("1 s", "'1 s' is not a duration")]
    [InlineData(" 1s", "' 1s' is not a duration")]
    [InlineData("1,5s", "'1,5s' is not a duration")]
    [InlineData("1.s", "'1.s' is not a duration")]
    [InlineData("1S", "'1S' is not a duration")]
    [InlineData("1d", "'1d' is not a duration")]
    [InlineData("1e3s", "'1e3s' is not a duration")]
    [InlineData("00:00:10", "'00:00:10' is not a duration")]
    [InlineData("1001h", "'1001h' is longer than 1000h")]
    [InlineData("999999999999h", "'999999999999h' is longer than 1000h")]
    public void Anything_else_is_refused(string text, string sentence)
        => Assert.StartsWith(sentence, DurationParser.Parse(text, out _), StringComparison.Ordinal);
}
