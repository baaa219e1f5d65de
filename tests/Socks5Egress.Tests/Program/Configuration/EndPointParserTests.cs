using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class EndPointParserTests
{
    [Theory]
    [InlineData("127.0.0.1:1080", "127.0.0.1:1080")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("[::]:65535", "[::]:65535")]
    [InlineData("[2001:db8::1]:53", "[2001:db8::1]:53")]
    [InlineData("[::ffff:10.0.0.1]:80", "10.0.0.1:80")]
    public void An_address_and_a_port_are_an_endpoint(string text, string expected)
    {
        Assert.Null(EndPointParser.Parse(text, out var endpoint));
        Assert.Equal(expected, endpoint!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1080")]
    [InlineData(":1080")]
    [InlineData("127.0.0.1")]
    [InlineData("::1:1080")]
    [InlineData("[127.0.0.1]:1080")]
    [InlineData("[::1]")]
    [InlineData("[::1%1]:80")]
    [InlineData("127.1:80")]
    [InlineData("0x7f.0.0.1:80")]
    [InlineData("localhost:80")]
    [InlineData(" 127.0.0.1:80")]
    public void What_is_not_ADDR_PORT_is_refused(string text)
        => Assert.Contains("is not ADDR:PORT", EndPointParser.Parse(text, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:+1")]
    [InlineData("127.0.0.1: 1")]
    [InlineData("127.0.0.1:http")]
    public void A_port_that_is_none_is_refused(string text)
        => Assert.Contains("has no port from 0 to 65535", EndPointParser.Parse(text, out _), StringComparison.Ordinal);

    [Fact]
    public void Off_is_no_endpoint_where_it_may_stand()
    {
        Assert.Null(EndPointParser.ParseOrOff("off", out var none));
        Assert.Null(none);
        Assert.Null(EndPointParser.ParseOrOff("127.0.0.1:9180", out var some));
        Assert.NotNull(some);
        Assert.EndsWith("or write off", EndPointParser.ParseOrOff("on", out _), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9.9.9.9", "9.9.9.9:53")]
    [InlineData("9.9.9.9:5353", "9.9.9.9:5353")]
    [InlineData("2620:fe::fe", "[2620:fe::fe]:53")]
    [InlineData("[2620:fe::fe]", "[2620:fe::fe]:53")]
    [InlineData("[2620:fe::fe]:5353", "[2620:fe::fe]:5353")]
    public void A_resolver_has_port_53_unless_it_says_another(string text, string expected)
    {
        Assert.Null(EndPointParser.ParseResolver(text, out var endpoint));
        Assert.Equal(expected, endpoint!.ToString());
    }

    [Theory]
    [InlineData("dns.example.com")]
    [InlineData("9.9.9.9:0")]
    [InlineData("9.9.9.9:x")]
    public void A_resolver_that_cannot_be_one_is_refused(string text) => Assert.NotNull(EndPointParser.ParseResolver(text, out _));

    [Theory]
    [InlineData("198.51.100.7", null)]
    [InlineData("2001:db8::7", null)]
    [InlineData("0.0.0.0", "names no address of this machine")]
    [InlineData("::", "names no address of this machine")]
    [InlineData("[::1]", "is not an IP address")]
    [InlineData("198.51.100.7:80", "is not an IP address")]
    public void A_source_address_is_one_that_can_be_bound(string text, string? error)
    {
        if (error is null) Assert.Null(EndPointParser.ParseAddress(text, out _));
        else Assert.Contains(error, EndPointParser.ParseAddress(text, out _), StringComparison.Ordinal);
    }
}
