using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Tests.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Phases;

public sealed class AnsweringPhaseTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryLeg _client = new();
    private readonly List<EndReason> _ends = [];
    private readonly AnsweringPhase _phase;

    public AnsweringPhaseTests()
    {
        _phase = new AnsweringPhase(
            new TimedPhase(SessionPhase.Dialling, TimeSpan.FromSeconds(1), EndReason.ConnectTimeout, _time), _client, _time, CancellationToken.None);
        _client.Output.GetSpan(1)[0] = 5;
        _client.Output.Advance(1);
    }

    [Fact]
    public void The_phase_that_it_stands_for_keeps_its_name_and_its_deadline()
    {
        Assert.Equal(SessionPhase.Dialling, _phase.Name);
        SweepAt(0.9);
        Assert.Empty(_ends);
        SweepAt(1);
        Assert.Equal([EndReason.ConnectTimeout], _ends);
    }

    [Fact]
    public async Task Nothing_is_sent_after_it_was_left()
    {
        await _phase.LeaveAsync();
        SweepAt(0.3);
        Assert.False(_client.Peer.Input.TryRead(out _));
    }

    [Fact]
    public async Task A_write_that_failed_is_left_to_the_reply_to_tell()
    {
        _client.Abort();
        SweepAt(0.3);
        Assert.Null(await Record.ExceptionAsync(async () => await _phase.LeaveAsync()));
    }

    private void SweepAt(double seconds)
    {
        _time.SetUtcNow(_time.Start.AddSeconds(seconds));
        _phase.CheckDeadline(_time.GetTimestamp(), _ends.Add);
    }
}
