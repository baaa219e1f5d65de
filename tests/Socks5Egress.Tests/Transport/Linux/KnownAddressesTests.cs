using System.Net;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport.Linux;

public sealed class KnownAddressesTests
{
    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("2001:db8::7")]
    public void An_address_that_comes_again_is_the_same_object(string text)
    {
        var bytes = IPAddress.Parse(text).GetAddressBytes();
        var first = KnownAddresses.Of(bytes);
        Assert.Equal(IPAddress.Parse(text), first);
        Assert.Same(first, KnownAddresses.Of(bytes));
    }

    [Fact]
    public void A_scope_makes_another_address()
    {
        var bytes = IPAddress.Parse("fe80::1").GetAddressBytes();
        Assert.Equal(2, KnownAddresses.Of(bytes, 2).ScopeId);
        Assert.Equal(3, KnownAddresses.Of(bytes, 3).ScopeId);
        Assert.Equal(2, KnownAddresses.Of(bytes, 2).ScopeId);
    }

    [Fact]
    public void Many_more_than_there_is_room_for_are_all_right()
    {
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 2000; i++)
            {
                byte[] bytes = [10, 0, (byte)(i >> 8), (byte)i];
                Assert.Equal(new IPAddress(bytes), KnownAddresses.Of(bytes));
            }
        }
    }
}
