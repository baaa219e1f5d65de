using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Tests.Transport;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Relaying;

/// <summary>What a peer still acknowledges is no silence.</summary>
public sealed class SilenceWatchTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(80);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(1));
    private readonly Traffic _traffic = new();
    private readonly MemoryLeg _client = new(), _target = new("192.0.2.3:5432", "192.0.2.2:40001");
    private readonly SilenceWatch _watch;
    private EndReason _end;

    public SilenceWatchTests() =>
        _watch = new SilenceWatch(_client, _target, _traffic, new IdleTimeouts(Idle, TimeSpan.Zero), _time.GetTimestamp(), _time);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_queue_that_becomes_shorter_restarts_it(bool ofClient)
    {
        var leg = ofClient ? _client : _target;
        leg.Unacknowledged = 1_000_000;
        for (var i = 0; i < 100; i++)
        {
            Pass(seconds: 10);
            leg.Unacknowledged -= 1000;
        }
        Assert.Equal(EndReason.None, _end);

        for (var i = 0; i < 10; i++) Pass(seconds: 10);
        Assert.Equal(EndReason.IdleTimeout, _end);
    }

    [Fact]
    public void Nothing_in_flight_is_silent_after_the_deadline()
    {
        for (var i = 0; i < 79; i++) Pass(seconds: 1);
        Assert.Equal(EndReason.None, _end);
        Pass(seconds: 1);
        Assert.Equal(EndReason.IdleTimeout, _end);
    }

    [Fact]
    public void A_queue_that_stands_still_is_silent()
    {
        _client.Unacknowledged = 5;
        for (var i = 0; i < 80; i++) Pass(seconds: 1);
        Assert.Equal(EndReason.IdleTimeout, _end);
    }

    /// <summary>A reader with a buffer of megabytes acknowledges nothing until a sixteenth of it is free.</summary>
    [Theory]
    [InlineData(1 << 20, 5)]
    [InlineData(10 << 20, 20)]
    [InlineData(100 << 20, 40)]
    public void A_short_deadline_waits_for_a_slow_reader_s_window(int acknowledged, int seconds)
    {
        var watch = new SilenceWatch(
            _client, _target, _traffic, new IdleTimeouts(TimeSpan.FromSeconds(5), TimeSpan.Zero), _time.GetTimestamp(), _time);
        _client.Unacknowledged = 1000;
        _traffic.Down(acknowledged + 1000, _time.GetTimestamp());
        for (var i = 1; i <= seconds; i++)
        {
            Assert.Equal(EndReason.None, _end);
            _time.Advance(TimeSpan.FromSeconds(1));
            watch.Judge(_time.GetTimestamp(), reason => _end = reason);
        }
        Assert.Equal(EndReason.IdleTimeout, _end);
    }

    [Fact]
    public void Bytes_that_are_reset_away_are_not_counted()
    {
        _traffic.Up(10, 1);
        _traffic.Down(100, 1);
        _traffic.ClosedDown(1);
        // A FIN waits behind the bytes, and is none
        _traffic.Undelivered(up: 3, down: 41);
        Assert.Equal((7, 60), (_traffic.BytesUp, _traffic.BytesDown));
    }

    private void Pass(int seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _watch.Judge(_time.GetTimestamp(), reason => _end = reason);
    }
}
