using System.Net;
using Socks5Egress.Gateway.Commands.UdpAssociate;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Commands.UdpAssociate;

public class AssociationPlacesTests
{
    [Fact]
    public void An_address_has_so_many_and_no_more()
    {
        var places = new AssociationPlaces(2);
        Assert.True(places.TryEnter(IPAddress.Loopback));
        Assert.True(places.TryEnter(IPAddress.Loopback));
        Assert.False(places.TryEnter(IPAddress.Loopback));
        Assert.True(places.TryEnter(IPAddress.IPv6Loopback));
        places.Leave(IPAddress.Loopback);
        Assert.True(places.TryEnter(IPAddress.Loopback));
    }

    [Fact]
    public void An_address_without_any_is_forgotten()
    {
        var places = new AssociationPlaces(2);
        places.TryEnter(IPAddress.Loopback);
        places.TryEnter(IPAddress.Loopback);
        places.Leave(IPAddress.Loopback);
        Assert.Equal(1, places.Sources);
        places.Leave(IPAddress.Loopback);
        Assert.Equal(0, places.Sources);
    }

    [Fact]
    public void All_addresses_of_an_IPv6_64_are_one_client()
    {
        var places = new AssociationPlaces(2);
        Assert.True(places.TryEnter(IPAddress.Parse("2001:db8::1")));
        Assert.True(places.TryEnter(IPAddress.Parse("2001:db8::2")));
        Assert.False(places.TryEnter(IPAddress.Parse("2001:db8::ffff:1")));
        Assert.True(places.TryEnter(IPAddress.Parse("2001:db8:0:1::1")));
        places.Leave(IPAddress.Parse("2001:db8::2"));
        Assert.True(places.TryEnter(IPAddress.Parse("2001:db8::3")));
        // A mapped address is its IPv4 address
        Assert.True(places.TryEnter(IPAddress.Parse("192.0.2.1")));
        Assert.True(places.TryEnter(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.False(places.TryEnter(IPAddress.Parse("192.0.2.1")));
    }
}
