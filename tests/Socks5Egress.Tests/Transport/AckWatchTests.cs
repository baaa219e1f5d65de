using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport;

public sealed class AckWatchTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(105);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();
    private AckWatch _watch;

    [Fact]
    public void Bytes_in_flight_that_nobody_acknowledges_are_a_vanished_peer()
    {
        Assert.Equal(TimeSpan.FromSeconds(110), WhenVanished(at => Info(unacked: 3, lastAck: at)));
    }

    [Fact]
    public void A_silence_before_the_bytes_were_sent_does_not_count()
    {
        // An hour without a word, then a request: the last acknowledgement is an hour old and the peer is well
        Assert.False(Look(Info(unacked: 0, lastAck: TimeSpan.FromHours(1))));
        Assert.False(Look(Info(unacked: 1, lastAck: TimeSpan.FromHours(1))));
        Assert.False(Look(Info(unacked: 0, lastAck: TimeSpan.Zero)));
        Assert.False(Look(Info(unacked: 1, lastAck: TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void A_peer_that_does_not_read_acknowledges_probes_and_lives()
    {
        // The window is closed: nothing is in flight, and a probe goes out every two minutes at most
        Assert.Null(WhenVanished(at => Info(unacked: 0, probes: 1, lastAck: TimeSpan.FromSeconds(at.TotalSeconds % 120))));
    }

    [Fact]
    public void Bytes_that_are_always_in_flight_and_always_acknowledged_are_a_busy_peer()
    {
        Assert.Null(WhenVanished(_ => Info(unacked: 20, lastAck: TimeSpan.FromMilliseconds(3))));
    }

    [Fact]
    public void A_closed_window_whose_probes_nobody_answers_is_a_vanished_peer()
    {
        Assert.NotNull(WhenVanished(at => Info(unacked: 0, probes: 4, lastAck: at)));
    }

    private TimeSpan? WhenVanished(Func<TimeSpan, TcpInfo> info)
    {
        for (var at = TimeSpan.Zero; at < TimeSpan.FromMinutes(20); at += Step)
        {
            if (Look(info(at))) return at;
        }
        return null;
    }

    private bool Look(TcpInfo info)
    {
        var vanished = _watch.HasVanished(info, _time.GetTimestamp(), Limit, _time);
        _time.Advance(Step);
        return vanished;
    }

    private static TcpInfo Info(int unacked, TimeSpan lastAck, byte probes = 0) =>
        new(State: 1, unacked, SinceSent: TimeSpan.Zero, lastAck, BytesAcknowledged: 0, BytesNotSent: 0, probes);
}
