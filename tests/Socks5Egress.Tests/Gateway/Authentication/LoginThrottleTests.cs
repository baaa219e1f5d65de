using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication;

public sealed class LoginThrottleTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly LoginThrottle _throttle;

    public LoginThrottleTests() => _throttle = new LoginThrottle(_clock);

    [Fact]
    public void Ten_wrong_logins_in_a_minute_are_answered_at_once_and_the_next_waits()
    {
        Count("192.0.2.1", 10, TimeSpan.Zero);
        Count("192.0.2.1", 3, LoginThrottle.Delay);
    }

    [Fact]
    public void Who_was_wrong_of_late_is_known_for_a_minute()
    {
        Assert.Equal(0, _throttle.RecentlyWrong(From(1)));
        _throttle.CountWrong(From(1));
        _clock.Advance(TimeSpan.FromSeconds(40));
        for (var i = 0; i < 20; i++) _throttle.CountWrong(From(2));
        Assert.Equal((1, LoginThrottle.Free, 0), (_throttle.RecentlyWrong(From(1)), _throttle.RecentlyWrong(From(2)), _throttle.RecentlyWrong(From(3))));
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal((0, LoginThrottle.Free), (_throttle.RecentlyWrong(From(1)), _throttle.RecentlyWrong(From(2))));
    }

    [Fact]
    public void A_login_that_was_not_tried_waits_only_where_another_was_wrong()
    {
        Assert.Equal(TimeSpan.Zero, _throttle.Of(From(1)));
        _throttle.CountWrong(From(1));
        Assert.Equal((LoginThrottle.Delay, TimeSpan.Zero), (_throttle.Of(From(1)), _throttle.Of(From(2))));
        _clock.Advance(LoginThrottle.Window);
        Assert.Equal(TimeSpan.Zero, _throttle.Of(From(1)));
    }

    [Fact]
    public void The_minute_slides()
    {
        Count("192.0.2.1", 5, TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Count("192.0.2.1", 5, TimeSpan.Zero);
        Count("192.0.2.1", 1, LoginThrottle.Delay);

        // The first five are a minute old now: of the last minute five and the one above are left
        _clock.Advance(TimeSpan.FromSeconds(30));
        Count("192.0.2.1", 4, TimeSpan.Zero);
        Count("192.0.2.1", 1, LoginThrottle.Delay);
    }

    [Fact]
    public void Sources_do_not_share()
    {
        Count("192.0.2.1", 11, null);
        Count("192.0.2.2", 10, TimeSpan.Zero);
    }

    [Fact]
    public void An_IPv6_source_is_its_64_and_a_mapped_one_its_IPv4()
    {
        Count("2001:db8::1", 10, TimeSpan.Zero);
        Count("2001:db8::ffff:2", 1, LoginThrottle.Delay);
        Count("2001:db8:0:1::1", 1, TimeSpan.Zero);
        Count("192.0.2.1", 10, TimeSpan.Zero);
        Count("::ffff:192.0.2.1", 1, LoginThrottle.Delay);
        Count("::ffff:192.0.2.2", 1, TimeSpan.Zero);
    }

    [Fact]
    public void Its_memory_is_bounded_and_comes_back()
    {
        for (var i = 0; i < LoginThrottle.MaxSources; i++) Assert.Equal(TimeSpan.Zero, _throttle.CountWrong(From(i)));
        Assert.Equal(LoginThrottle.Delay, _throttle.CountWrong(From(LoginThrottle.MaxSources)));
        Assert.Equal(TimeSpan.Zero, _throttle.CountWrong(From(0)));

        _clock.Advance(LoginThrottle.Window);
        Assert.Equal(TimeSpan.Zero, _throttle.CountWrong(From(LoginThrottle.MaxSources)));
    }

    private static ClientPrefix From(int number) => ClientPrefix.Of(new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]));

    private void Count(string source, int times, TimeSpan? expected)
    {
        for (var i = 0; i < times; i++)
        {
            var delay = _throttle.CountWrong(ClientPrefix.Of(IPAddress.Parse(source)));
            if (expected is not null) Assert.Equal(expected, delay);
        }
    }
}
