using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Client;
using Xunit;

namespace Socks5Egress.Tests.Client;

public sealed class WarmBackoffTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly GatewayAddress _address = new(new Socks5Proxy("gateway.test"), new IPEndPoint(IPAddress.Loopback, 1080));

    [Fact]
    public void Each_loss_waits_twice_as_long_up_to_a_minute()
    {
        var backoff = new WarmBackoff(_time);
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            backoff.Lost(_address);
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.True(backoff.IsWaiting(_address), $"not {seconds} s");
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.False(backoff.IsWaiting(_address), $"more than {seconds} s");
        }
    }

    [Fact]
    public void Those_that_are_lost_together_count_once_and_one_that_was_used_ends_it()
    {
        var backoff = new WarmBackoff(_time);
        for (var i = 0; i < 64; i++) backoff.Lost(_address);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(backoff.IsWaiting(_address));
        backoff.Lost(_address);
        backoff.Used(_address);
        Assert.False(backoff.IsWaiting(_address));
        backoff.Lost(_address);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(backoff.IsWaiting(_address));
    }
}
