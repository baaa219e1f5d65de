using System.Net;
using Socks5Egress.Gateway.Routing;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Dialing;

public sealed class AddressOrderTests
{
    private static readonly IPAddress[] Mixed = Parse("192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.3", "2001:db8::2");

    [Theory]
    [InlineData("Auto", "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3")]
    [InlineData("PreferIPv4", "192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1 2001:db8::2")]
    [InlineData("PreferIPv6", "2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2 192.0.2.3")]
    [InlineData("IPv4", "192.0.2.1 192.0.2.2 192.0.2.3")]
    [InlineData("IPv6", "2001:db8::1 2001:db8::2")]
    public void Each_policy_has_its_order(string policy, string expected) =>
        Assert.Equal(expected, Arranged(Mixed, Enum.Parse<AddressFamilyPreference>(policy), default));

    [Fact]
    public void A_family_without_a_source_address_is_not_used()
    {
        var four = new EgressAddresses(IPAddress.Parse("198.51.100.7"), null);
        Assert.Equal("192.0.2.1 192.0.2.2 192.0.2.3", Arranged(Mixed, AddressFamilyPreference.Auto, four));
        Assert.Equal("", Arranged(Parse("2001:db8::1"), AddressFamilyPreference.Auto, four));
    }

    [Fact]
    public void One_address_is_judged_like_many()
    {
        Assert.Equal("192.0.2.1", Arranged(Parse("192.0.2.1"), AddressFamilyPreference.Auto, default));
        Assert.Equal("", Arranged(Parse("192.0.2.1"), AddressFamilyPreference.IPv6, default));
    }

    [Fact]
    public void An_address_given_twice_is_tried_once() =>
        Assert.Equal("192.0.2.1", Arranged(Parse("192.0.2.1", "192.0.2.1"), AddressFamilyPreference.Auto, default));

    [Fact]
    public void Each_address_is_judged_by_its_own_way()
    {
        var four = new EgressAddresses(IPAddress.Parse("198.51.100.7"), null);
        var steps = AddressOrder.Arrange(
        [
            new Candidate(Mixed[0], new EgressRoute(AddressFamilyPreference.Auto, default), null),
            new Candidate(Mixed[1], new EgressRoute(AddressFamilyPreference.IPv4, four), "route:192.0.2.2"),
            new Candidate(Mixed[2], new EgressRoute(AddressFamilyPreference.Auto, four), null),
            new Candidate(Mixed[3], new EgressRoute(AddressFamilyPreference.IPv6, default), null),
        ]);
        Assert.Equal([new ConnectAttempt(Mixed[0], null), new ConnectAttempt(Mixed[1], four.IPv4, "route:192.0.2.2")], steps);
    }

    private static IPAddress[] Parse(params string[] texts) => [.. texts.Select(IPAddress.Parse)];

    private static string Arranged(IPAddress[] addresses, AddressFamilyPreference policy, EgressAddresses sources) =>
        Text([.. addresses.Select(address => new Candidate(address, new EgressRoute(policy, sources), null))]);

    private static string Text(Candidate[] candidates) => string.Join(' ', AddressOrder.Arrange(candidates).Select(step => step.Address));
}
