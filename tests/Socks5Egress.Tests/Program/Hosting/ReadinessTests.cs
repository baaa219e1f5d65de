using Socks5Egress.Admin;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Program.Hosting;

public sealed class ReadinessTests
{
    private bool _accepting = true, _descriptors = true, _turning = true;
    private string? _shortage;
    private List<BackgroundHealth> _failing = [];
    private readonly Readiness _readiness;

    public ReadinessTests()
    {
        _readiness = new Readiness
        {
            Accepting = () => _accepting,
            HasDescriptors = () => _descriptors,
            Shortage = () => _shortage,
            Turning = () => _turning,
            Failing = () => _failing,
        };
        _readiness.Started();
    }

    [Fact]
    public void Being_full_or_short_of_something_is_no_reason_to_be_restarted_and_goes_by_itself()
    {
        Assert.Empty(_readiness.Reasons);
        (_accepting, _descriptors, _shortage) = (false, false, "full");
        Assert.Equal(["out-of-descriptors", "accept-failing", "full"], _readiness.Reasons);
        Assert.True(_readiness.Healthy);
        (_accepting, _descriptors, _shortage) = (true, true, null);
        Assert.Empty(_readiness.Reasons);
    }

    [Fact]
    public void Draining_is_told_by_readiness_and_the_process_lives_on()
    {
        _readiness.Draining();
        Assert.Equal(["draining"], _readiness.Reasons);
        Assert.True(_readiness.Healthy);
    }

    [Fact]
    public void A_thread_that_does_not_come_round_is_told_by_both()
    {
        _turning = false;
        Assert.Equal(["loop-stuck"], _readiness.Reasons);
        Assert.False(_readiness.Healthy);
    }

    [Fact]
    public void Dead_work_is_told_by_both_when_a_gateway_needs_it_and_else_is_a_note()
    {
        var supervisor = new Supervisor(TimeProvider.System);
        _failing = [new BackgroundHealth("history", isEssential: false, supervisor)];
        Assert.Empty(_readiness.Reasons);
        Assert.StartsWith("background-failing history", Assert.Single(_readiness.Notes), StringComparison.Ordinal);
        Assert.True(_readiness.Healthy);
        _failing = [new BackgroundHealth("deadlines", isEssential: true, supervisor)];
        Assert.StartsWith("background-failing deadlines", Assert.Single(_readiness.Reasons), StringComparison.Ordinal);
        Assert.False(_readiness.Healthy);
    }
}
