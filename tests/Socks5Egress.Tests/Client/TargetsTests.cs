using System.Net;
using Socks5Egress.Client;
using Xunit;

namespace Socks5Egress.Tests.Client;

public sealed class TargetsTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    public void An_address_is_sent_as_one(string host, string address)
    {
        Assert.Equal(IPAddress.Parse(address), Targets.Of(host, 5432).Address);
    }

    [Theory]
    [InlineData("db.example.com", "db.example.com")]
    [InlineData("0x7f.1", "0x7f.1")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    public void Anything_else_is_a_name_for_the_gateway(string host, string sent)
    {
        Assert.Equal(sent, Targets.Of(host, 5432).Name);
    }

    [Fact]
    public void What_cannot_be_sent_is_refused_here()
    {
        Assert.ThrowsAny<ArgumentException>(() => Targets.Of("", 1));
        Assert.ThrowsAny<ArgumentException>(() => Targets.Of(new string('a', 256), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Targets.Of("db", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Targets.Of("db", 65536));
    }
}
