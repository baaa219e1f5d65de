using System.Net;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Limits;

public sealed class PendingHandshakesTests
{
    private static readonly ClientPrefix Flood = ClientPrefix.Of(IPAddress.Parse("192.0.2.1")), Calm = ClientPrefix.Of(IPAddress.Parse("192.0.2.2"));
    private readonly PendingHandshakes<string> _pending = new();

    [Fact]
    public void A_newcomer_is_taken_and_the_heaviest_source_loses_its_oldest()
    {
        foreach (var name in new[] { "f1", "f2", "f3" }) Assert.Null(Enter(name, Flood));
        Assert.Null(Enter("c1", Calm));
        Assert.Equal("f1", Enter("c2", Calm));
        Assert.Equal(4, _pending.Count);
        // Two and two: whoever is named first, the newcomer itself is safe
        Assert.NotEqual("f4", Enter("f4", Flood));
        Assert.Equal(4, _pending.Count);
    }

    [Fact]
    public void Who_has_asked_is_pending_no_more()
    {
        var node = _pending.Enter("f1", Flood, 1, out _);
        _pending.Leave(node, Flood);
        _pending.Leave(node, Flood);
        Assert.Equal(0, _pending.Count);
        Assert.Null(Enter("f2", Flood, most: 1));
    }

    [Fact]
    public void Who_was_pushed_out_may_leave_all_the_same()
    {
        var first = _pending.Enter("f1", Flood, 1, out _);
        Assert.Equal("f1", Enter("f2", Flood, most: 1));
        _pending.Leave(first, Flood);
        Assert.Equal(1, _pending.Count);
    }

    [Fact]
    public void Who_comes_from_elsewhere_than_was_thought_counts_there()
    {
        Assert.Null(Enter("c1", Calm));
        var moved = Enumerable.Range(0, 3).Select(i => _pending.Enter("m" + i, Calm, 5, out _)).ToArray();
        foreach (var node in moved) _pending.Move(node, Calm, Flood);
        Assert.Equal(4, _pending.Count);
        Assert.Equal("m0", Enter("f1", Flood));
        _pending.Leave(moved[1], Flood);
        _pending.Move(moved[1], Flood, Calm);
        Assert.Equal(3, _pending.Count);
    }

    private string? Enter(string name, ClientPrefix source, int most = 4)
    {
        _pending.Enter(name, source, most, out var evicted);
        return evicted;
    }
}
