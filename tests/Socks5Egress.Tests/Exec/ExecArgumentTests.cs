using System.Net;
using Socks5Egress.Exec;
using Socks5Egress.Exec.Capture;
using Xunit;

namespace Socks5Egress.Tests.Exec;

public sealed class ExecArgumentTests
{
    [Theory]
    [InlineData("8080", "127.0.0.1:8080", 8080)]
    [InlineData("0.0.0.0:80=8080", "0.0.0.0:80", 8080)]
    [InlineData("[::]:8080", "[::]:8080", 8080)]
    [InlineData("0=8080", "127.0.0.1:0", 8080)]
    public void A_published_port_is_read(string text, string outer, int inner)
    {
        Assert.Null(PublishedPort.Parse(text, out var port));
        Assert.Equal(IPEndPoint.Parse(outer), port!.Outer);
        Assert.Equal(inner, port.Inner);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("70000")]
    [InlineData("8080=x")]
    [InlineData("0")]
    public void What_is_no_port_is_refused(string text) => Assert.NotNull(PublishedPort.Parse(text, out _));

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3:80", true)]
    [InlineData("10.0.0.0/8:5432", "10.1.2.3:80", false)]
    [InlineData("10.0.0.0/8:5432,6000-6010", "10.1.2.3:6005", true)]
    [InlineData("[2001:db8::/32]:443", "[2001:db8::1]:443", true)]
    [InlineData("[2001:db8::]/32:443", "[2001:db8::1]:443", true)]
    [InlineData("2001:db8::/32", "[2001:db8::1]:443", true)]
    [InlineData("127.0.0.1:8125", "127.0.0.1:8125", true)]
    public void A_direct_rule_covers_what_it_says(string text, string target, bool covers)
    {
        Assert.Null(DirectRule.Parse(text, out var rule));
        Assert.Equal(covers, rule!.Covers(IPEndPoint.Parse(target)));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("10.0.0.0/8:x")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.0/8:80")]
    [InlineData("127.0.0.1:1-1000")]
    public void What_cannot_be_direct_is_refused(string text) => Assert.NotNull(DirectRule.Parse(text, out _));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7 << 8, 7)]
    [InlineData(9, 137)]
    [InlineData(15 | 0x80, 143)]
    public void A_status_becomes_a_code(int status, int code) => Assert.Equal(code, ExecExit.OfStatus(status));
}
