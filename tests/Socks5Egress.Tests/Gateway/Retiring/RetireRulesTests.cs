using System.Text;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Retiring;

/// <summary>Which sessions are too old, which moment is quiet, and how fast a pool shrinks.</summary>
public sealed class RetireRulesTests
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();
    private readonly Traffic _traffic = new();
    private readonly long _began;

    public RetireRulesTests()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _began = _time.GetTimestamp();
    }

    private bool IsQuiet => RetireRules.IsQuiet(_traffic, _began, Quiet, _time.GetTimestamp(), _time);

    [Fact]
    public void A_session_without_a_byte_is_quiet_after_its_time()
    {
        Assert.False(IsQuiet);
        _time.Advance(Quiet);
        Assert.True(IsQuiet);
    }

    [Fact]
    public void One_that_waits_for_an_answer_is_never_quiet()
    {
        Down("ready");
        _time.Advance(Quiet);
        Assert.True(IsQuiet);
        Up();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(IsQuiet);
        Down("answer");
        Assert.False(IsQuiet);
        _time.Advance(Quiet);
        Assert.True(IsQuiet);
    }

    [Fact]
    public void One_side_that_has_ended_makes_it_busy()
    {
        Down("answer");
        _traffic.ClosedUp(_time.GetTimestamp());
        _time.Advance(Quiet);
        Assert.False(IsQuiet);
    }

    [Fact]
    public void A_peer_that_still_reads_makes_it_busy()
    {
        Down("answer");
        _time.Advance(Quiet);
        _traffic.Progressed(_time.GetTimestamp());
        Assert.False(IsQuiet);
    }

    [Theory]
    [InlineData('I', true)]
    [InlineData('T', false)]
    [InlineData('E', false)]
    public void An_open_transaction_of_PostgreSQL_is_seen(char status, bool quiet)
    {
        Down("C\0\0\0\nBEGIN\0Z\0\0\0\u0005" + status);
        _time.Advance(Quiet);
        Assert.Equal(quiet, IsQuiet);
    }

    [Fact]
    public void It_is_seen_in_pieces_and_forgotten_where_bytes_went_past()
    {
        foreach (var piece in (string[])["C\0\0\0\nBEGIN\0Z\0", "\0\0", "\u0005T"]) Down(piece);
        _time.Advance(Quiet);
        Assert.False(IsQuiet);
        _traffic.SaidDownUnseen();
        Assert.True(IsQuiet);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Z\0\0\0\u0005I", true)]
    [InlineData("Z\0\0\0\u0005T", false)]
    [InlineData("D\0\0\0", false)]
    [InlineData("G\0\0\0\u0007\0\0\0", false)]
    [InlineData("Z\0\0\0\u0005IN\0\0\0\u0005\0", false)]
    public void PostgreSQL_in_clear_is_quiet_only_when_its_server_waits(string answer, bool quiet)
    {
        foreach (var begin in (string[])["\0\0\0\u0011\0\u0003\0\0user", "\0\0\0\b\u0004\u00d2\u0016\u002f\0\0\0\u0011\0\u0003\0\u0002user"])
        {
            var traffic = new Traffic();
            foreach (var value in Encoding.Latin1.GetBytes(begin)) traffic.SaidUp([value]);
            traffic.SaidDown(Encoding.Latin1.GetBytes(answer));
            _time.Advance(Quiet);
            Assert.Equal(quiet, RetireRules.IsQuiet(traffic, _began, Quiet, _time.GetTimestamp(), _time));
            traffic.SaidDownUnseen();
            Assert.False(RetireRules.IsQuiet(traffic, _began, Quiet, _time.GetTimestamp(), _time));
        }
    }

    [Fact]
    public void A_silent_moment_does_not_ask_who_spoke_last()
    {
        Up();
        Assert.False(RetireRules.IsSilent(_traffic, _began, Quiet, _time.GetTimestamp(), _time));
        _time.Advance(Quiet);
        Assert.True(RetireRules.IsSilent(_traffic, _began, Quiet, _time.GetTimestamp(), _time));
        _traffic.ClosedUp(_time.GetTimestamp());
        Assert.False(RetireRules.IsSilent(_traffic, _began, Quiet, _time.GetTimestamp(), _time));
    }

    [Fact]
    public void Jitter_makes_sessions_due_earlier_and_never_later()
    {
        var ends = Enumerable.Range(1, 1000).Select(number => RetireRules.LifetimeEnd(0, TimeSpan.FromSeconds(100), 0.2, number, 1000)).ToList();
        Assert.All(ends, end => Assert.InRange(end, 80_000, 100_000));
        Assert.True(ends.Max() - ends.Min() > 18_000);
        Assert.Equal(100_000, RetireRules.LifetimeEnd(0, TimeSpan.FromSeconds(100), 0, 7, 1000));
        Assert.Equal(0, RetireRules.LifetimeEnd(5, TimeSpan.Zero, 0.1, 7, 1000));
        Assert.True(RetireRules.LifetimeEnd(0, TimeSpan.FromHours(1000), 0, 7, 1_000_000_000) > 0);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 1)]
    [InlineData(30, 3)]
    [InlineData(1000, 100)]
    [InlineData(9000, 900)]
    public void A_pool_loses_a_tenth_a_second(int size, int most)
    {
        const long second = 1000_000, tick = second / 4;
        var pool = new RetirePool(default, tick, second) { Count = size };
        var ended = new List<int>();
        for (var round = 1; round <= 40; round++)
        {
            pool.SawDue(round);
            var now = 10 * second + round * tick;
            var before = pool.Count;
            while (pool.Count > 0 && pool.TryTake(now)) pool.Count--;
            ended.Add(before - pool.Count);
        }
        for (var at = 0; at + 4 <= ended.Count; at++) Assert.InRange(ended.Skip(at).Take(4).Sum(), 0, most);
        // The size at the beginning counts, so that all of them have ended after ten seconds
        Assert.True(size < 10 || pool.Count == 0, $"{pool.Count} are left");
    }

    [Fact]
    public void What_did_not_end_gives_its_turn_back()
    {
        var pool = new RetirePool(default, 250, 1000) { Count = 5 };
        pool.SawDue(1);
        Assert.True(pool.TryTake(1000));
        Assert.False(pool.TryTake(1000));
        pool.GiveBack();
        Assert.True(pool.TryTake(1000));
        Assert.False(pool.TryTake(1999));
        Assert.True(pool.TryTake(2000));
    }

    private void Up()
    {
        _traffic.HeardUp(1);
        _traffic.Up(1, _time.GetTimestamp());
    }

    private void Down(string text)
    {
        _traffic.SaidDown(Encoding.Latin1.GetBytes(text));
        _traffic.HeardDown(text.Length);
        _traffic.Down(text.Length, _time.GetTimestamp());
    }
}
