using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Relaying;

public sealed class DrainScheduleTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly Traffic _traffic = new();
    private readonly long _began;

    public DrainScheduleTests() => _began = _time.GetTimestamp();

    [Fact]
    public void A_session_without_a_byte_is_idle_after_a_second()
    {
        Assert.False(IsIdle);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(IsIdle);
    }

    [Fact]
    public void One_that_awaits_an_answer_is_busy_however_long()
    {
        _traffic.Up(1, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromHours(5));
        Assert.False(IsIdle);
    }

    [Fact]
    public void One_second_behind_an_answer_it_is_idle_until_the_next_question()
    {
        _traffic.Up(1, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _traffic.Down(1, _time.GetTimestamp());
        Assert.False(IsIdle);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(IsIdle);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(IsIdle);
        _traffic.Up(1, _time.GetTimestamp());
        Assert.False(IsIdle);
    }

    [Fact]
    public void An_answer_at_the_moment_of_its_question_leaves_it_busy()
    {
        var now = _time.GetTimestamp();
        _traffic.Up(1, now);
        _traffic.Down(1, now);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(IsIdle);
    }

    [Fact]
    public void The_moments_fill_the_first_half_of_the_window_evenly()
    {
        var window = TimeSpan.FromSeconds(20);
        var closed = Enumerable.Range(0, 10).Select(second =>
            Enumerable.Range(1, 10_000).Count(number => DrainSchedule.HasCome(number, TimeSpan.FromSeconds(second + 1), window))).ToArray();
        for (var second = 0; second < 10; second++) Assert.InRange(closed[second] - (second == 0 ? 0 : closed[second - 1]), 900, 1100);
        Assert.Equal(10_000, closed[9]);
    }

    [Fact]
    public void Without_a_window_the_moment_is_now() => Assert.True(DrainSchedule.HasCome(7, TimeSpan.Zero, TimeSpan.Zero));

    private bool IsIdle => DrainSchedule.IsIdle(_traffic, _began, _time.GetTimestamp(), _time);
}
