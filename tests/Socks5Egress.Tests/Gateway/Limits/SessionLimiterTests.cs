using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Limits;

public sealed class SessionLimiterTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1"), Other = IPAddress.Parse("192.0.2.2");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly SessionLimiter _door;
    private long _used;
    private int _released;

    public SessionLimiterTests() => _door = new SessionLimiter(new MemoryGuard(1000, () => _used, () => _released++, _time), _time);

    [Fact]
    public void Each_limit_has_its_reason_and_its_place_comes_back()
    {
        Assert.Equal(EndReason.LimitSessions, Twice(new SessionLimits(1), "app", One, "db", Other));
        Assert.Equal(EndReason.LimitUserSessions, Twice(new SessionLimits(9, UserSessions: 1), "app", One, "app", Other));
        Assert.Equal(EndReason.None, Twice(new SessionLimits(9, UserSessions: 1), "app", One, "db", One));
        Assert.Equal(EndReason.LimitSourceSessions, Twice(new SessionLimits(9, SourceSessions: 1), "app", One, "db", One));
        Assert.Equal(EndReason.None, Twice(new SessionLimits(9, SourceSessions: 1), "app", One, "app", Other));
        Assert.Equal(EndReason.LimitSourceSessions, Twice(new SessionLimits(9, UserSessions: 5, SourceSessions: 1), "app", One, "app", One));
        Assert.Equal((0, (0, 0)), (_door.Sessions, _door.Counted));
    }

    [Fact]
    public void The_number_of_an_account_goes_before_the_general_one()
    {
        Assert.Equal(EndReason.None, _door.Enter(new SessionLimits(9, UserSessions: 1), "app", 2, One, out _));
        Assert.Equal(EndReason.None, _door.Enter(new SessionLimits(9, UserSessions: 1), "app", 2, One, out _));
        Assert.Equal(EndReason.LimitUserSessions, _door.Enter(new SessionLimits(9, UserSessions: 1), "app", 2, One, out var refused));
        Assert.Equal(default, refused);
    }

    [Fact]
    public void Nobody_has_no_limit_of_users() => Assert.Equal(EndReason.None, Twice(new SessionLimits(9, UserSessions: 1), null, One, null, One));

    [Fact]
    public void An_ipv6_source_is_its_64_and_a_mapped_one_its_ipv4_address()
    {
        Assert.Equal(ClientPrefix.Of(IPAddress.Parse("2001:db8::1")), ClientPrefix.Of(IPAddress.Parse("2001:db8::ffff:1:2:3")));
        Assert.NotEqual(ClientPrefix.Of(IPAddress.Parse("2001:db8::1")), ClientPrefix.Of(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.Equal(ClientPrefix.Of(One), ClientPrefix.Of(One.MapToIPv6()));
        Assert.NotEqual(ClientPrefix.Of(One), ClientPrefix.Of(Other));
    }

    [Fact]
    public void So_many_a_second_come_in_and_a_pause_saves_up_no_more_than_one_second()
    {
        var limits = new SessionLimits(0, Rate: 10);
        Assert.Equal(10, Count());
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(0, Count());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Count());
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(10, Count());
        Assert.Equal(EndReason.LimitRate, _door.Enter(limits, null, 0, One, out _));

        int Count() => Enumerable.Range(0, 50).Count(each => _door.Enter(limits, null, 0, One, out _) == EndReason.None);
    }

    [Fact]
    public void Near_the_memory_limit_nobody_is_let_in_and_memory_is_given_back_at_most_once_in_10_s()
    {
        _used = 901;
        Assert.Equal(EndReason.LimitMemory, _door.Enter(new SessionLimits(9), null, 0, One, out _));
        for (var i = 0; i < 39; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            Assert.Equal(EndReason.LimitMemory, _door.Enter(new SessionLimits(9), null, 0, One, out _));
        }
        Assert.Equal(1, _released);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(EndReason.LimitMemory, _door.Enter(new SessionLimits(9), null, 0, One, out _));
        Assert.Equal(2, _released);
        _used = 900;
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(EndReason.None, _door.Enter(new SessionLimits(9), null, 0, One, out _));
    }

    [Theory]
    [InlineData("268435456\n", 268435456)]
    [InlineData("max\n", 0)]
    [InlineData("9223372036854771712\n", 0)]
    [InlineData("", 0)]
    public void The_kernel_says_its_limit_or_that_there_is_none(string text, long expected) => Assert.Equal(expected, MemoryGuard.Parse(text));

    // What the second gets; both are gone afterwards
    private EndReason Twice(SessionLimits limits, string? first, IPAddress from, string? second, IPAddress to)
    {
        Assert.Equal(EndReason.None, _door.Enter(limits, first, 0, from, out var one));
        var reason = _door.Enter(limits, second, 0, to, out var two);
        _door.Leave(one);
        _door.Leave(two);
        return reason;
    }
}
