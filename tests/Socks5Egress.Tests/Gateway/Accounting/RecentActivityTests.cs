using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Accounting;

/// <summary>The page's memory: ten minutes, a point a second, and the last mishaps.</summary>
public sealed class RecentActivityTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly RecentActivity _history;
    private (long Up, long Down) _total;

    public RecentActivityTests() => _history = new RecentActivity(() => _total, new Supervisor(_time));

    public void Dispose() => _history.Dispose();

    [Fact]
    public void Each_second_has_what_was_carried_in_it()
    {
        Pass(100, 1000);
        Pass(0, 0);
        Pass(7, 8);
        Assert.Equal([(100, 1000), (0, 0), (7, 8)], _history.Points.Select(point => ((int)point.Up, (int)point.Down)));
        Assert.All(_history.Points, point => Assert.True(point.Connects == 0 && double.IsNaN(point.Typical) && double.IsNaN(point.Slow)));
    }

    [Fact]
    public void After_ten_minutes_the_oldest_is_forgotten()
    {
        for (var i = 1; i <= RecentActivity.Seconds + 5; i++) Pass(i, 0);
        Assert.Equal(RecentActivity.Seconds, _history.Points.Count);
        Assert.Equal(Enumerable.Range(6, RecentActivity.Seconds), _history.Points.Select(point => (int)point.Up));
    }

    [Fact]
    public void Half_of_the_connects_were_at_most_typical_and_nearly_all_at_most_slow()
    {
        for (var i = 0; i < 90; i++) _history.Add(Ended(EndReason.ClientFin, connect: 2));
        for (var i = 0; i < 10; i++) _history.Add(Ended(EndReason.ClientFin, connect: 300));
        Pass(0, 0);
        var point = _history.Points[^1];
        Assert.Equal(100, point.Connects);
        // An eighth of a doubling wide: at most 9 % off
        Assert.InRange(point.Typical, 2 / 1.1, 2 * 1.1);
        Assert.InRange(point.Slow, 300 / 1.1, 300 * 1.1);

        Pass(0, 0);
        Assert.Equal(0, _history.Points[^1].Connects);
    }

    [Fact]
    public void Refusals_and_failures_are_kept_the_newest_first_and_ordinary_ends_are_not()
    {
        _history.Add(Ended(EndReason.ClientFin));
        _history.Add(Ended(EndReason.PolicyDenied, rule: "deny:db"));
        _time.Advance(Second);
        _history.Add(Ended(EndReason.TargetRefused));
        _history.Add(Ended(EndReason.IdleTimeout));

        Assert.Equal([(EndReason.TargetRefused, null), (EndReason.PolicyDenied, "deny:db")], _history.Mishaps.Select(mishap => (mishap.End, mishap.Rule)));
        Assert.Equal(Second, _history.Mishaps[0].Time - _history.Mishaps[1].Time);
        Assert.Contains("rule of the policy", _history.Mishaps[1].Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_mishaps_are_one_with_a_count_and_the_newest_comes_first()
    {
        for (var i = 0; i < 3; i++)
        {
            _history.Add(Ended(EndReason.TargetRefused));
            _time.Advance(Second);
        }

        _history.Add(Ended(EndReason.PolicyDenied, rule: "deny:db"));
        _history.Add(Ended(EndReason.TargetRefused));
        Assert.Equal([(EndReason.TargetRefused, 4), (EndReason.PolicyDenied, 1)], _history.Mishaps.Select(mishap => (mishap.End, mishap.Count)));
        Assert.Equal(3 * Second, _history.Mishaps[0].Time - _history.Mishaps[0].First);
    }

    [Fact]
    public void Mishaps_are_bounded()
    {
        for (var i = 0; i < RecentActivity.MaxMishaps + 3; i++) _history.Add(Ended(EndReason.PolicyDenied, rule: $"deny:{i}"));
        Assert.Equal(RecentActivity.MaxMishaps, _history.Mishaps.Count);
        Assert.Equal($"deny:{RecentActivity.MaxMishaps + 2}", _history.Mishaps[0].Rule);
        Assert.Equal("deny:3", _history.Mishaps[^1].Rule);
    }

    private void Pass(long up, long down)
    {
        _total = (_total.Up + up, _total.Down + down);
        _time.Advance(Second);
    }

    /// <param name="end">Why it ended.</param>
    /// <param name="connect">How many milliseconds the connect took; 0: there was none.</param>
    /// <param name="rule">What decided.</param>
    private SessionRecord Ended(EndReason end, int connect = 0, string? rule = null)
    {
        var clock = new FakeTimeProvider(_time.GetUtcNow());
        var record = new SessionRecord(1, "127.0.0.1:1080", new IPEndPoint(IPAddress.Loopback, 50000), clock);
        record.Judged(new PolicyDecision("general", null, rule), 0);
        record.Requested();
        if (connect > 0)
        {
            clock.Advance(TimeSpan.FromMilliseconds(connect));
            record.Connected(record.Client, record.Client);
        }

        record.Ended(end);
        return record;
    }
}
