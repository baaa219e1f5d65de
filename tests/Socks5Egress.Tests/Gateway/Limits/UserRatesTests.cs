using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Limits;

/// <summary>New sessions a minute of each user.</summary>
public sealed class UserRatesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_minute_s_worth_at_once_and_then_evenly()
    {
        var rates = new UserRates(_time);
        Assert.Equal(6, Enumerable.Range(0, 20).Count(_ => rates.TryEnter("app", 6)));
        Assert.True(rates.TryEnter("other", 6));
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(rates.TryEnter("app", 6));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(rates.TryEnter("app", 6));
        Assert.False(rates.TryEnter("app", 6));
        Assert.True(rates.TryEnter("app", 0));
    }

    [Fact]
    public void Users_who_begin_nothing_are_forgotten()
    {
        var rates = new UserRates(_time);
        for (var i = 0; i < 5000; i++)
        {
            rates.TryEnter("user" + i, 60);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(rates.Users, 1, 1500);
    }
}
