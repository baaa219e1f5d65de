using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Client;
using Xunit;

namespace Socks5Egress.Tests.Client;

public sealed class WarmDemandTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_begins_with_two_and_follows_what_was_asked_for_at_once()
    {
        var demand = new WarmDemand(_time);
        Assert.Equal(2, demand.Wanted());
        Ask(demand, 10);
        Assert.Equal(10, demand.Wanted());
        Ask(demand, 90);
        Assert.Equal(16, demand.Wanted());
    }

    [Fact]
    public void A_burst_counts_whole_across_two_seconds_and_for_a_minute()
    {
        var demand = new WarmDemand(_time);
        _time.Advance(TimeSpan.FromSeconds(100));
        Ask(demand, 5);
        _time.Advance(TimeSpan.FromSeconds(1));
        Ask(demand, 5);
        Assert.Equal(10, demand.Wanted());
        _time.Advance(TimeSpan.FromSeconds(58));
        Assert.Equal(10, demand.Wanted());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, demand.Wanted());
    }

    [Fact]
    public void A_connection_now_and_then_needs_no_more_than_two()
    {
        var demand = new WarmDemand(_time);
        for (var i = 0; i < 200; i++)
        {
            Ask(demand, 1);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(2, demand.Wanted());
    }

    private static void Ask(WarmDemand demand, int times)
    {
        for (var i = 0; i < times; i++) demand.Count();
    }
}
