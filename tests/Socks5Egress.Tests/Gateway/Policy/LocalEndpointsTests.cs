using System.Net;
using Socks5Egress.Gateway.Policy;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class LocalEndpointsTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void A_wildcard_listener_counts_on_every_local_address_of_both_families(string wildcard)
    {
        var local = Listening(wildcard);
        foreach (var address in new[] { "127.0.0.1", "127.200.0.9", "::1", "0.0.0.0", "0.1.2.3", "::", "192.168.7.7", "2a00::7", "::ffff:127.0.0.1", "::ffff:192.168.7.7" })
        {
            Assert.True(Owns(local, address, 1080), address);
            Assert.False(Owns(local, address, 1081), address);
        }

        foreach (var address in new[] { "192.168.7.8", "2a00::8", "8.8.8.8", "10.0.0.1", "fe80::1" }) Assert.False(Owns(local, address, 1080), address);
    }

    [Fact]
    public void A_listener_on_one_address_counts_there_and_where_a_connect_to_nowhere_goes()
    {
        var local = Listening("127.0.0.1");
        Assert.True(Owns(local, "127.0.0.1", 1080));
        Assert.True(Owns(local, "::ffff:127.0.0.1", 1080));
        Assert.True(Owns(local, "0.0.0.0", 1080));
        Assert.True(Owns(local, "::", 1080));
        Assert.False(Owns(local, "127.0.0.2", 1080));
        Assert.False(Owns(local, "::1", 1080));
        Assert.False(Owns(local, "192.168.7.7", 1080));
    }

    [Fact]
    public void A_scope_is_no_other_address()
    {
        var local = new LocalEndpoints([new IPEndPoint(new IPAddress(EgressPolicyTests.Ip("fe80::7").GetAddressBytes(), 2), 1080)], [new IPAddress(EgressPolicyTests.Ip("fe80::7").GetAddressBytes(), 2)]);
        Assert.True(Owns(local, "fe80::7", 1080));
        Assert.True(local.IsInterface(AddressBits.Of(EgressPolicyTests.Ip("fe80::7"))));
    }

    [Fact]
    public void Nothing_is_nowhere() => Assert.False(Owns(LocalEndpoints.None, "127.0.0.1", 1080));

    private static LocalEndpoints Listening(string address) =>
        new([new IPEndPoint(EgressPolicyTests.Ip(address), 1080)], [EgressPolicyTests.Ip("192.168.7.7"), EgressPolicyTests.Ip("2a00::7")]);

    private static bool Owns(LocalEndpoints local, string address, ushort port) => local.IsOwnListener(AddressBits.Of(EgressPolicyTests.Ip(address)), port);
}
