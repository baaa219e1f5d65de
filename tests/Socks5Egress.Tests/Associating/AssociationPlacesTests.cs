using System.Net;
using Socks5Egress.Associating;
using Xunit;

namespace Socks5Egress.Tests.Associating;

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
}
