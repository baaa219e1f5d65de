using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway;
using Socks5Egress.Tests.Transport;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Relaying;

/// <summary>What a relay makes of things that happen while a write waits for its taker.</summary>
public sealed class PipeRelayTests
{
    // More than a memory leg takes at once
    private const int Large = 100_000;

    private readonly MemoryLeg _client = new(), _target = new("192.0.2.3:5432", "192.0.2.2:40001");
    private readonly Traffic _traffic = new();
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_that_overtakes_the_writer_comes_behind_the_question()
    {
        var relay = RelayAsync();
        var asking = _client.Peer.Output.WriteAsync(new byte[Large], _test);
        await _target.Peer.Output.WriteAsync(new byte[7], _test);
        Assert.Equal(7, (await _client.Peer.Input.ReadAtLeastAsync(7, _test)).Buffer.Length);

        var flow = _traffic.Flow;
        Assert.Equal((1, Large, Large, 7, 7), (flow.Turns, flow.LastTurn, flow.UpBeforeDown, flow.FirstDownBytes, flow.DownSince));
        Assert.Equal(0, flow.BytesUp);

        _target.Reset();
        Assert.Equal(EndReason.TargetReset, (await relay).Reason());
        await asking;
    }

    [Theory]
    [InlineData(true, EndReason.TargetReset)]
    [InlineData(false, EndReason.ClientReset)]
    public async Task An_end_whose_reset_a_write_has_taken_is_no_FIN(bool targetBreaks, EndReason reason)
    {
        var (broken, other) = targetBreaks ? (_target, _client) : (_client, _target);
        var relay = RelayAsync();
        var writing = other.Peer.Output.WriteAsync(new byte[Large], _test);
        broken.IsGone = true;
        await broken.Peer.Output.CompleteAsync();

        Assert.True(relay.IsCompleted);
        Assert.Equal(reason, (await relay).Reason());
        Assert.True(other.Aborted);
        await writing;
    }

    [Theory]
    [InlineData(false, Large)]
    [InlineData(true, 1)]
    public async Task A_FIN_beside_a_waiting_write_is_one_and_so_is_one_on_a_connection_that_both_have_ended(bool gone, int size)
    {
        var relay = RelayAsync();
        var writing = _client.Peer.Output.WriteAsync(new byte[size], _test);
        _target.IsGone = gone;
        await _target.Peer.Output.CompleteAsync();
        Assert.True((await _client.Peer.Input.ReadAsync(_test)).IsCompleted);

        _target.Peer.Input.AdvanceTo((await _target.Peer.Input.ReadAtLeastAsync(size, _test)).Buffer.End);
        await writing;
        await _client.Peer.Output.CompleteAsync();
        Assert.Equal(EndReason.TargetFin, (await relay).Reason());
        Assert.False(_client.Aborted);
    }

    private Task<RelayOutcome> RelayAsync() => PipeRelay.RunAsync(_client, _target, _traffic, new FakeTimeProvider(), _test);
}
