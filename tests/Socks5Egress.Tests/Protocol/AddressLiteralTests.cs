using System.Net;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Protocol;

public class AddressLiteralTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("1.2.3.4")]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.100.9")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("1::")]
    [InlineData("1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::")]
    [InlineData("::2:3:4:5:6:7:8")]
    [InlineData("1:2:3::5:6:7:8")]
    [InlineData("2001:DB8::aBcD")]
    [InlineData("0001:0002:0003:0004:0005:0006:0007:0008")]
    [InlineData("::1.2.3.4")]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("64:ff9b::192.0.2.33")]
    [InlineData("1:2:3:4:5:6:1.2.3.4")]
    [InlineData("1::6:1.2.3.4")]
    public void A_literal_is_parsed_as_the_platform_parses_it(string text)
    {
        Assert.True(AddressLiteral.TryParse(text, out var address));
        Assert.Equal(IPAddress.Parse(text), address);
        Assert.Equal(IPAddress.Parse(text).AddressFamily, address.AddressFamily);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1.2.3.4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("1.2.3.4.")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1..3.4")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("00.0.0.0")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.99999999999")]
    [InlineData("1.2.3.-4")]
    [InlineData("1.2.3.4/32")]
    [InlineData("1.2.3.4\0")]
    [InlineData("127.0.0.1\0.example.com")]
    [InlineData("１.２.３.４")]
    [InlineData("1.2.3.٤")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:")]
    [InlineData(":2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("::1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("1::2::3")]
    [InlineData("1:::2")]
    [InlineData("::12345")]
    [InlineData("::00001")]
    [InlineData("::g")]
    [InlineData("::1%1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::1/128")]
    [InlineData("::0x1")]
    [InlineData("::1.2.3")]
    [InlineData("::1.2.3.04")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1.2.3.4::")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::ffff.1.2.3")]
    [InlineData("example.com")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(AddressLiteral.TryParse(text, out var address));
        Assert.Null(address);
    }

    [Theory]
    [InlineData("::1%1", "::1")]
    [InlineData("fe80::1%7", "fe80::1")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("::10.0.0.1", "::10.0.0.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    public void A_canonical_address_has_no_scope_and_is_not_mapped(string text, string canonical)
    {
        var address = AddressLiteral.Canonical(IPAddress.Parse(text));
        Assert.Equal(IPAddress.Parse(canonical), address);
        Assert.Equal(canonical, address.ToString());
    }

    [Fact]
    public void A_mapped_address_with_a_scope_loses_both() =>
        Assert.Equal(IPAddress.Loopback, AddressLiteral.Canonical(new IPAddress(IPAddress.Parse("::ffff:127.0.0.1").GetAddressBytes(), 3)));
}
