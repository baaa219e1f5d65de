using System.Net;
using Socks5Egress.Gateway.Policy;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class AddressTableTests
{
    /// <summary>Range, the class inside, the class of the address before and of the one after; * where there is none.</summary>
    public static TheoryData<string, string, string, string> Ranges => new()
    {
        { "0.0.0.0/8", "unspecified", "*", "public" },
        { "10.0.0.0/8", "private", "public", "public" },
        { "100.64.0.0/10", "shared", "public", "public" },
        { "127.0.0.0/8", "loopback", "public", "public" },
        { "168.63.129.16/32", "cloud-agent", "public", "public" },
        { "169.254.0.0/16", "link-local", "public", "public" },
        { "172.16.0.0/12", "private", "public", "public" },
        { "192.0.0.0/24", "protocol-assignment", "public", "public" },
        { "192.0.2.0/24", "documentation", "public", "public" },
        { "192.88.99.0/24", "6to4", "public", "public" },
        { "192.168.0.0/16", "private", "public", "public" },
        { "198.18.0.0/15", "benchmarking", "public", "public" },
        { "198.51.100.0/24", "documentation", "public", "public" },
        { "203.0.113.0/24", "documentation", "public", "public" },
        { "224.0.0.0/4", "multicast", "public", "reserved" },
        { "240.0.0.0/4", "reserved", "multicast", "*" },
        { "::/128", "unspecified", "*", "loopback" },
        { "::1/128", "loopback", "unspecified", "not-global" },
        { "64:ff9b::/96", "not-global", "not-global", "not-global" },
        { "64:ff9b:1::/48", "not-global", "not-global", "not-global" },
        { "2000::/16", "public", "not-global", "protocol-assignment" },
        { "2001::/23", "protocol-assignment", "public", "public" },
        { "2001:db8::/32", "documentation", "public", "public" },
        { "2002::/16", "6to4", "public", "public" },
        { "3fff::/20", "documentation", "public", "public" },
        { "3fff:1000::/20", "public", "documentation", "public" },
        { "3fff:f000::/20", "public", "public", "not-global" },
        { "4000::/3", "not-global", "public", "not-global" },
        { "fc00::/7", "unique-local", "not-global", "not-global" },
        { "fe80::/10", "link-local", "not-global", "not-global" },
        { "fec0::/10", "not-global", "link-local", "multicast" },
        { "ff00::/8", "multicast", "not-global", "*" },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_range_has_its_class_from_its_first_to_its_last_address(string range, string inside, string before, string after)
    {
        Assert.True(Cidr.TryParse(range, out var cidr, out _));
        var first = cidr.Network.Value;
        var last = first | ~cidr.Mask;
        Assert.Equal(inside, ClassOf(first));
        Assert.Equal(inside, ClassOf(last));
        Assert.Equal(inside, ClassOf(first + ((last - first) / 2)));
        if (before != "*") Assert.Equal(before, ClassOf(first - 1));
        if (after != "*") Assert.Equal(after, ClassOf(last + 1));
    }

    [Theory]
    [InlineData("::10.0.0.1", "not-global")]
    [InlineData("::ffff:0:10.0.0.1", "not-global")]
    [InlineData("64:ff9b::10.0.0.1", "not-global")]
    [InlineData("64:ff9b::8.8.8.8", "not-global")]
    [InlineData("64:ff9b:1::10.0.0.1", "not-global")]
    [InlineData("2002:a00:1::1", "6to4")]
    [InlineData("2001:0:4136:e378:8000:63bf:80ff:fffe", "protocol-assignment")]
    [InlineData("fe80::5efe:10.0.0.1", "link-local")]
    [InlineData("fd00::5efe:10.0.0.1", "unique-local")]
    public void A_form_that_wraps_an_IPv4_address_is_refused_whatever_is_inside(string address, string expected) =>
        Assert.Equal(expected, AddressTable.Name(AddressTable.Classify(EgressPolicyTests.Ip(address))));

    [Theory]
    [InlineData("::ffff:127.0.0.1", "loopback")]
    [InlineData("::ffff:8.8.8.8", "public")]
    [InlineData("::fffe:8.8.8.8", "not-global")]
    [InlineData("::1:ffff:808:808", "not-global")]
    public void A_mapped_address_is_the_IPv4_address(string address, string expected) =>
        Assert.Equal(expected, AddressTable.Name(AddressTable.Classify(EgressPolicyTests.Ip(address))));

    [Fact]
    public void A_scope_changes_nothing()
    {
        var scoped = new IPAddress(IPAddress.IPv6Loopback.GetAddressBytes(), 1);
        Assert.False(IPAddress.IsLoopback(scoped));
        Assert.Equal(AddressClass.Loopback, AddressTable.Classify(scoped));
        Assert.Equal(AddressBits.Of(IPAddress.IPv6Loopback), AddressBits.Of(scoped));
    }

    [Fact]
    public void Every_class_has_a_name_of_its_own()
    {
        var classes = Enum.GetValues<AddressClass>();
        Assert.Equal(classes.Length, classes.Select(AddressTable.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("default:link-local", RuleNames.OfClass(AddressClass.LinkLocal));
    }

    private static string ClassOf(UInt128 bits) => AddressTable.Name(AddressTable.Classify(new AddressBits(bits).ToAddress()));
}
