using System.Net;
using Socks5Egress.Gateway.Commands.UdpAssociate;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Commands.UdpAssociate;

public class RecentPeersTests
{
    [Fact]
    public void Only_what_was_sent_to_is_known()
    {
        var table = new RecentPeers<string>(2);
        table.Put(At(1), "one");
        Assert.Equal("one", table.Find(At(1)));
        Assert.Null(table.Find(At(2)));
        Assert.Null(table.Find(new IPEndPoint(IPAddress.Parse("192.0.2.8"), 1)));
    }

    [Fact]
    public void The_one_used_longest_ago_makes_room()
    {
        var table = new RecentPeers<string>(3);
        for (var port = 1; port <= 3; port++) Assert.Null(table.Put(At(port), $"{port}"));
        Assert.Equal("1", table.Find(At(1)));
        Assert.Equal("2", table.Find(At(2)));
        Assert.Equal("3", table.Put(At(4), "4"));
        Assert.Equal(3, table.Count);
        Assert.Equal(["1", "2", null, "4"], Enumerable.Range(1, 4).Select(port => table.Find(At(port))));
    }

    [Fact]
    public void A_target_is_forgotten_only_while_it_is_the_one_at_its_address()
    {
        var table = new RecentPeers<string>(3);
        table.Put(At(1), "first");
        Assert.Equal("first", table.Put(At(1), "second"));
        table.Remove(At(1), "first");
        Assert.Equal("second", table.Find(At(1)));
        table.Remove(At(1), "second");
        Assert.Null(table.Find(At(1)));
    }

    private static IPEndPoint At(int port) => new(IPAddress.Parse("192.0.2.7"), port);
}
