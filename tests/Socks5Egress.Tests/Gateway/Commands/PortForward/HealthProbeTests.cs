using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Protocol;
using Socks5Egress.Tests.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Commands.PortForward;

public sealed class HealthProbeTests
{
    private static readonly Destination Target = Destination.Of("db.example", 5432);

    private readonly FakeTimeProvider _time = new();
    private readonly MemoryLeg _leg = new();

    [Fact]
    public async Task A_connection_is_enough_for_tcp_and_is_closed()
    {
        Assert.Null(await CheckAsync(TargetCheckKind.Tcp));
        Assert.True(_leg.Closed);
    }

    [Theory]
    [InlineData("S", null)]
    [InlineData("N", null)]
    [InlineData("E", "no-postgres")]
    [InlineData("HTTP/1.1 400", "no-postgres")]
    [InlineData("", "target-fin")]
    public async Task A_postgres_has_to_answer_the_SSLRequest(string answer, string? failure)
    {
        var checking = CheckAsync(TargetCheckKind.Postgres);
        Assert.Equal("0000000804D2162F", Convert.ToHexString((await _leg.Peer.Input.ReadAsync(Token)).Buffer.ToArray()));
        if (answer.Length == 0) await _leg.Peer.Output.CompleteAsync();
        else await _leg.Peer.Output.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), Token);
        Assert.Equal(failure, await checking);
        Assert.True(_leg.Closed);
    }

    [Fact]
    public async Task A_reset_is_a_failure()
    {
        var checking = CheckAsync(TargetCheckKind.Postgres);
        _leg.Reset();
        Assert.Equal("target-reset", await checking);
    }

    [Fact]
    public async Task A_target_that_says_nothing_fails_when_the_time_is_up()
    {
        var checking = CheckAsync(TargetCheckKind.Postgres);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(checking.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("target-timed-out", await checking);
    }

    [Fact]
    public async Task What_cannot_be_dialled_fails_with_the_reason() => Assert.Equal("policy-denied", await HealthProbe.RunAsync(
        Target, Options(TargetCheckKind.Tcp), (_, _) => new(new DialResult(null, EndReason.PolicyDenied)), _time, Token));

    [Fact]
    public async Task A_target_that_wants_a_PROXY_header_gets_one_that_names_nobody()
    {
        Assert.Null(await CheckAsync(TargetCheckKind.Tcp, SentHeader.Version2));
        Assert.Equal("0D0A0D0A000D0A515549540A20000000", Convert.ToHexString((await _leg.Peer.Input.ReadAsync(Token)).Buffer.ToArray()));
    }

    [Fact]
    public async Task A_monitor_checks_at_once_and_then_after_each_pause()
    {
        var pool = new TargetPool(Options(TargetCheckKind.Tcp), static (_, _, _) => { });
        using var stop = new CancellationTokenSource();
        var checks = 0;
        var running = HealthMonitor.RunAsync(pool, 0, (_, _) => new(++checks == 1 ? "target-refused" : null), _time, stop.Token);
        Assert.Equal((1, false), (checks, pool.Snapshot()[0].IsUp));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((2, false), (checks, pool.Snapshot()[0].IsUp));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((3, true), (checks, pool.Snapshot()[0].IsUp));
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(3, checks);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ForwardOptions Options(TargetCheckKind check, SentHeader send = SentHeader.Off) =>
        new() { Targets = [Target], Check = check, SendProxy = send, Interval = TimeSpan.FromSeconds(2) };

    private Task<string?> CheckAsync(TargetCheckKind check, SentHeader send = SentHeader.Off) => HealthProbe.RunAsync(
        Target, Options(check, send), (_, _) => new(new DialResult(_leg, EndReason.None)), _time, Token).AsTask();
}
