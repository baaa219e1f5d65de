using System.Net;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Dialing;

public class DestinationLimiterTests
{
    private static readonly IPAddress One = new([203, 0, 113, 1]), Other = new([203, 0, 113, 2]);
    private readonly List<(IPAddress Address, int Sessions)> _alarms = [];

    [Fact]
    public void Only_the_sessions_above_the_ceiling_of_their_own_address_are_refused()
    {
        var ceiling = Ceiling(1000);
        Assert.Equal(1000, Enumerable.Range(0, 1100).Count(_ => ceiling.TryEnter(One)));
        Assert.Equal(100, Enumerable.Range(0, 100).Count(_ => ceiling.TryEnter(Other)));
        ceiling.Leave(One);
        Assert.True(ceiling.TryEnter(One));
        Assert.False(ceiling.TryEnter(One));
    }

    [Fact]
    public void The_alarm_comes_once_at_80_percent_and_again_after_it_has_fallen()
    {
        var ceiling = Ceiling(10);
        for (int i = 0; i < 10; i++) ceiling.TryEnter(One);
        Assert.Equal((One, 8), Assert.Single(_alarms));
        for (int i = 0; i < 3; i++) ceiling.Leave(One);
        ceiling.TryEnter(One);
        Assert.Equal(2, _alarms.Count);
    }

    [Fact]
    public void An_address_without_sessions_is_forgotten()
    {
        var ceiling = Ceiling(10);
        ceiling.TryEnter(One);
        Assert.Equal(1, Assert.Single(ceiling.Open).Value);
        ceiling.Leave(One);
        Assert.Empty(ceiling.Open);
        ceiling.Leave(One);
        Assert.Empty(ceiling.Open);
    }

    [Fact]
    public void Without_a_ceiling_nothing_is_counted()
    {
        var ceiling = Ceiling(0);
        Assert.All(Enumerable.Range(0, 2000), _ => Assert.True(ceiling.TryEnter(One)));
        Assert.Empty(ceiling.Open);
    }

    [Fact]
    public async Task Many_at_once_take_no_more_places_than_there_are_and_give_all_back()
    {
        var ceiling = Ceiling(100);
        var entered = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 50).Count(_ => ceiling.TryEnter(One)))));
        Assert.Equal(100, entered.Sum());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 25; i++) ceiling.Leave(One);
        })));
        Assert.Empty(ceiling.Open);
    }

    private DestinationLimiter Ceiling(int most) => new(most, (address, sessions) => _alarms.Add((address, sessions)));
}
