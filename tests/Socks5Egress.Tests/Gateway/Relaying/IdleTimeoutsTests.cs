using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Commands.UdpAssociate;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Relaying;

public sealed class IdleTimeoutsTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(1));
    private readonly Traffic _traffic = new();
    private readonly long _began;

    public IdleTimeoutsTests() => _began = _time.GetTimestamp();

    [Fact]
    public void Without_an_idle_timeout_silence_lasts_for_ever() => Assert.Equal(EndReason.None, After(seconds: 30 * 86_400, new IdleTimeouts(TimeSpan.Zero, TimeSpan.FromSeconds(30))));

    [Fact]
    public void Silence_from_the_beginning_counts()
    {
        var clock = new IdleTimeouts(TimeSpan.FromSeconds(60), TimeSpan.Zero);
        Assert.Equal(EndReason.None, After(seconds: 59, clock));
        Assert.Equal(EndReason.IdleTimeout, After(seconds: 1, clock));
    }

    [Fact]
    public void Bytes_of_either_direction_restart_the_silence()
    {
        var clock = new IdleTimeouts(TimeSpan.FromSeconds(60), TimeSpan.Zero);
        After(seconds: 50, clock);
        _traffic.Down(1, _time.GetTimestamp());
        Assert.Equal(EndReason.None, After(seconds: 50, clock));
        _traffic.Up(1, _time.GetTimestamp());
        Assert.Equal(EndReason.None, After(seconds: 50, clock));
        Assert.Equal(EndReason.IdleTimeout, After(seconds: 10, clock));
    }

    [Fact]
    public void An_association_lives_two_minutes_of_silence()
    {
        Assert.Equal(EndReason.None, After(seconds: 119, UdpAssociation.Clock));
        _traffic.Down(1, _time.GetTimestamp());
        Assert.Equal(EndReason.None, After(seconds: 119, UdpAssociation.Clock));
        Assert.Equal(EndReason.IdleTimeout, After(seconds: 1, UdpAssociation.Clock));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_FIN_only_the_open_direction_counts(bool up)
    {
        var clock = new IdleTimeouts(TimeSpan.Zero, TimeSpan.FromSeconds(30));
        After(seconds: 100, clock);
        if (up) _traffic.ClosedUp(_time.GetTimestamp());
        else _traffic.ClosedDown(_time.GetTimestamp());
        Assert.Equal(EndReason.None, After(seconds: 29, clock));
        if (up) _traffic.Down(1, _time.GetTimestamp());
        else _traffic.Up(1, _time.GetTimestamp());
        Assert.Equal(EndReason.None, After(seconds: 29, clock));
        Assert.Equal(EndReason.HalfCloseTimeout, After(seconds: 1, clock));
    }

    private EndReason After(int seconds, IdleTimeouts clock)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return clock.Judge(_traffic, _began, _time.GetTimestamp(), _time);
    }
}
