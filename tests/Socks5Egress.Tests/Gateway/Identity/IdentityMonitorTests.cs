using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Identity;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Identity;

public class IdentityMonitorTests
{
    private static readonly IPAddress Ours = new([198, 51, 100, 7]), Stranger = new([203, 0, 113, 1]);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _reasons = [];
    private IPAddress? _seen;
    private int _asked;

    [Fact]
    public async Task It_opens_as_soon_as_the_address_is_right_and_then_asks_at_the_interval_only()
    {
        _seen = Stranger;
        var (monitor, stop) = Start(IdentityMode.Gate);
        Assert.False(monitor.Open.IsCompleted);
        _seen = Ours;
        _time.Advance(TimeSpan.FromSeconds(2));
        await monitor.Open;

        var asked = _asked;
        _time.Advance(Interval - TimeSpan.FromSeconds(1));
        Assert.Equal(asked, _asked);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_asked > asked);
        await stop.CancelAsync();
    }

    [Fact]
    public async Task A_later_mismatch_is_told_once_and_cuts_nobody()
    {
        _seen = Ours;
        var (monitor, stop) = Start(IdentityMode.Gate);
        _seen = Stranger;
        _time.Advance(Interval);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(monitor.Current.IsOpen);
        Assert.Equal(1, _reasons.Count(reason => reason.StartsWith("egress-ipv4-changed", StringComparison.Ordinal)));
        await stop.CancelAsync();
    }

    [Theory]
    [InlineData("Gate", true)]
    [InlineData("Strict", false)]
    public async Task Probes_that_tell_nothing_open_a_gate_after_a_minute(string mode, bool opens)
    {
        var (monitor, stop) = Start(Enum.Parse<IdentityMode>(mode));
        for (var i = 0; i < 59; i++) _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(monitor.Current.IsOpen);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(opens, monitor.Current.IsOpen);
        Assert.StartsWith("egress-ipv4-unproven", Assert.Single(monitor.Current.Reasons), StringComparison.Ordinal);
        await stop.CancelAsync();
    }

    private (IdentityMonitor Monitor, CancellationTokenSource Stop) Start(IdentityMode mode)
    {
        var stop = new CancellationTokenSource();
        var monitor = new IdentityMonitor(
            new() { Mode = mode, Expected = [Ours] }, [AskAsync, AskAsync], Interval, _time, (_, next) => _reasons.AddRange(next.Reasons));
        _ = monitor.RunAsync(stop.Token);
        return (monitor, stop);
    }

    private Task<IPAddress?> AskAsync(AddressFamily family, CancellationToken cancellation)
    {
        _asked++;
        return Task.FromResult(_seen);
    }
}
