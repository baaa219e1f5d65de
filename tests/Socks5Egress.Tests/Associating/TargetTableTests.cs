using System.Net;
using Socks5Egress.Associating;
using Xunit;

namespace Socks5Egress.Tests.Associating;

public class TargetTableTests
{
    [Fact]
    public void Only_what_was_sent_to_is_known()
    {
        var table = new TargetTable(2);
        table.Add(At(1));
        Assert.True(table.Knows(At(1)));
        Assert.False(table.Knows(At(2)));
        Assert.False(table.Knows(new IPEndPoint(IPAddress.Parse("192.0.2.8"), 1)));
    }

    [Fact]
    public void The_one_used_longest_ago_makes_room()
    {
        var table = new TargetTable(3);
        for (var port = 1; port <= 3; port++) table.Add(At(port));
        table.Add(At(1));
        Assert.True(table.Knows(At(2)));
        table.Add(At(4));
        Assert.Equal(3, table.Count);
        Assert.Equal([true, true, false, true], Enumerable.Range(1, 4).Select(port => table.Knows(At(port))));
    }

    private static IPEndPoint At(int port) => new(IPAddress.Parse("192.0.2.7"), port);
}
