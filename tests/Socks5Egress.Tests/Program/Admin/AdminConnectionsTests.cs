using System.Net;
using Socks5Egress.Admin;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Program.Admin;

public sealed class AdminConnectionsTests
{
    private static readonly ClientPrefix Here = ClientPrefix.Of(IPAddress.Loopback);
    private static readonly ClientPrefix There = ClientPrefix.Of(IPAddress.Parse("192.0.2.1"));
    private readonly List<int> _closed = [];
    private readonly AdminConnections _connections = new(most: 4, mostOfSource: 3);

    [Fact]
    public void One_too_many_of_a_source_closes_the_one_of_that_source_that_waits_the_longest()
    {
        Enter(0, There);
        for (var i = 1; i <= 4; i++) Enter(i, Here);
        Assert.Equal([1], _closed);
        Assert.Equal(4, _connections.Open);
    }

    [Fact]
    public void One_too_many_in_all_closes_whichever_waits_the_longest()
    {
        Enter(0, There);
        for (var i = 1; i <= 3; i++) Enter(i, Here);
        Enter(4, ClientPrefix.Of(IPAddress.Parse("192.0.2.2")));
        Assert.Equal([0], _closed);
    }

    [Fact]
    public void One_that_is_being_answered_goes_only_when_all_are()
    {
        var first = Enter(1, Here);
        first.Begin();
        Enter(2, Here);
        Enter(3, Here);
        Enter(4, Here);
        Assert.Equal([2], _closed);
        first.End();
        // It has waited since just now
        Enter(5, Here);
        Assert.Equal([2, 3], _closed);
    }

    [Fact]
    public void A_thousand_that_only_wait_never_keep_the_next_one_out()
    {
        for (var i = 0; i < 1000; i++) Enter(i, Here);
        Assert.Equal(997, _closed.Count);
        Assert.DoesNotContain(999, _closed);
    }

    [Fact]
    public void One_that_has_ended_is_forgotten()
    {
        var connections = Enumerable.Range(0, 3).Select(i => Enter(i, Here)).ToList();
        connections.ForEach(_connections.Leave);
        connections.ForEach(_connections.Leave);
        Assert.Equal(0, _connections.Open);
        for (var i = 3; i < 6; i++) Enter(i, Here);
        Assert.Empty(_closed);
    }

    private AdminConnection Enter(int number, ClientPrefix source) => _connections.Enter(source, () => _closed.Add(number));
}
