using System.Net;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Limits;

public sealed class WarmConnectionsTests
{
    private static readonly ClientPrefix One = ClientPrefix.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly ClientPrefix Other = ClientPrefix.Of(IPAddress.Parse("192.0.2.2"));

    [Fact]
    public void A_user_has_so_many_wherever_they_come_from_and_the_oldest_goes()
    {
        var warm = new WarmConnections<string>();
        warm.Enter("first", "app", One, 2, out _);
        warm.Enter("second", "app", Other, 2, out _);
        warm.Enter("db", "db", One, 2, out var none);
        Assert.Null(none);
        warm.Enter("third", "app", One, 2, out var evicted);
        Assert.Equal("first", evicted);
        Assert.Equal(3, warm.Count);
    }

    [Fact]
    public void Ten_thousand_of_one_user_are_capped_and_each_leaves_once()
    {
        var warm = new WarmConnections<string>();
        var nodes = Enumerable.Range(0, 10_000).Select(number => warm.Enter(number.ToString(System.Globalization.CultureInfo.InvariantCulture), "app", One, 64, out _)!).ToList();
        Assert.Equal(64, warm.Count);
        foreach (var node in nodes.Concat(nodes)) warm.Leave(node, "app", One);
        Assert.Equal(0, warm.Count);
    }

    [Fact]
    public void Where_nobody_logs_in_a_source_has_them()
    {
        var warm = new WarmConnections<string>();
        warm.Enter("first", null, One, 1, out _);
        warm.Enter("second", null, Other, 1, out var none);
        Assert.Null(none);
        warm.Enter("third", null, One, 1, out var evicted);
        Assert.Equal("first", evicted);
    }

    [Fact]
    public void Once_it_is_closed_nothing_waits()
    {
        var warm = new WarmConnections<string>();
        warm.Enter("first", "app", One, 0, out _);
        Assert.Equal(["first"], warm.Close());
        Assert.Null(warm.Enter("second", "app", One, 0, out _));
    }
}
