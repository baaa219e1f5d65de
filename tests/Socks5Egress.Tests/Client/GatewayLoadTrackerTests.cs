using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Client;
using Xunit;

namespace Socks5Egress.Tests.Client;

public sealed class GatewayLoadTrackerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly GatewayLoadTracker _loads;
    private readonly GatewayAddress[] _addresses = [.. new[] { 1, 2, 3 }.Select(port =>
        new GatewayAddress(new Socks5Proxy("gw", port), new IPEndPoint(IPAddress.Loopback, port)))];

    public GatewayLoadTrackerTests() => _loads = new GatewayLoadTracker(_time, 0);

    [Fact]
    public void The_least_used_comes_first()
    {
        _loads.Enter(EndPoint(1));
        _loads.Enter(EndPoint(1));
        _loads.Enter(EndPoint(3));

        Assert.Equal([2, 3, 1], Order());
    }

    [Fact]
    public void A_connection_that_ended_counts_no_more()
    {
        var leave = _loads.Enter(EndPoint(1));
        _loads.Enter(EndPoint(2));
        _loads.Enter(EndPoint(3));
        leave();

        Assert.Equal(1, Order()[0]);
    }

    [Fact]
    public void Equals_take_turns()
    {
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(_ => Order()[0]).Order());
    }

    /// <summary>Each program begins at a place of its own.</summary>
    [Theory]
    [InlineData(0, new[] { 1, 2, 3 })]
    [InlineData(1, new[] { 2, 3, 1 })]
    [InlineData(int.MaxValue, new[] { 2, 3, 1 })]
    public void The_first_turn_is_the_one_given(int first, int[] expected) =>
        Assert.Equal(expected, new GatewayLoadTracker(_time, first).Order(_addresses).Select(address => address.EndPoint.Port));

    [Fact]
    public void One_that_failed_comes_last_for_ten_seconds_though_it_is_least_used()
    {
        _loads.Enter(EndPoint(1));
        _loads.Enter(EndPoint(3));
        _loads.Failed(EndPoint(2));
        Assert.Equal(2, Order()[2]);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, Order()[0]);
    }

    [Fact]
    public void One_that_works_again_is_forgiven_at_once()
    {
        _loads.Enter(EndPoint(1));
        _loads.Enter(EndPoint(3));
        _loads.Failed(EndPoint(2));
        _loads.Succeeded(EndPoint(2));

        Assert.Equal(2, Order()[0]);
    }

    private static IPEndPoint EndPoint(int port) => new(IPAddress.Loopback, port);

    private List<int> Order() => [.. _loads.Order(_addresses).Select(address => address.EndPoint.Port)];
}
