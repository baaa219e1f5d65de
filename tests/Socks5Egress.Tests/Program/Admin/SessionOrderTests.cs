using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Admin;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;
using Socks5Egress.Tests.Gateway;
using Socks5Egress.Tests.Transport;
using Xunit;

namespace Socks5Egress.Tests.Program.Admin;

public sealed class SessionOrderTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SessionTable _sessions;

    public SessionOrderTests() => _sessions = new SessionTable(most: 1, TimeSpan.FromSeconds(1), new Supervisor(_time));

    public void Dispose() => _sessions.Dispose();

    [Theory]
    [InlineData(null, "age", true)]
    [InlineData("target", "target", false)]
    [InlineData("-up", "up", true)]
    [InlineData("nonsense", "age", true)]
    [InlineData("-", "age", true)]
    public void What_a_query_asks_for(string? sort, string column, bool descending)
    {
        var order = SessionOrder.Of(sort, null);
        Assert.Equal((column, descending, ""), (order.Column, order.Descending, order.Filter));
    }

    [Fact]
    public void A_long_filter_is_cut() => Assert.Equal(100, SessionOrder.Of(null, new string('x', 1000)).Filter.Length);

    [Theory]
    [InlineData("target", "target", "-target")]
    [InlineData("-target", "target", "target")]
    [InlineData("target", "user", "user")]
    // Of numbers the largest first
    [InlineData("target", "up", "-up")]
    [InlineData("-up", "up", "up")]
    public void A_heading_sorts_by_its_column_and_then_the_other_way(string now, string heading, string link) =>
        Assert.Equal(link, SessionOrder.Of(now, null).LinkTo(heading));

    [Fact]
    public void Sessions_are_sorted_and_filtered_by_what_they_hold()
    {
        Session[] sessions = [Open("bert", "b.example", 5), Open("anna", "c.example", 9), Open(null, "a.example", 7)];
        Assert.Equal(["a.example", "b.example", "c.example"], Names("target"));
        Assert.Equal(["c.example", "b.example", "a.example"], Names("-target"));
        Assert.Equal(["c.example", "a.example", "b.example"], Names("-up"));
        Assert.Equal(["a.example", "c.example", "b.example"], Names("user"));
        // The first one is the oldest
        Assert.Equal("b.example", Names(null)[0]);
        Assert.Equal(["c.example"], Names("target", "ANNA"));
        Assert.Equal(["b.example"], Names("target", "b.EX"));
        Assert.Equal(3, Names("target", "127.0.0.1:1080").Length);
        Assert.Empty(Names("target", "nobody"));

        string[] Names(string? sort, string? filter = null) =>
            [.. SessionOrder.Of(sort, filter).Choose(sessions, out _).Select(session => session.Record.Target!.Value.Name!)];
    }

    [Fact]
    public void More_rows_than_anybody_reads_are_counted_only()
    {
        var sessions = Enumerable.Range(0, SessionOrder.MaxRows + 3).Select(i => Open(null, $"t{i}.example", 0)).ToList();
        Assert.Equal(SessionOrder.FewRows, SessionOrder.Of(null, null).Choose(sessions, out var fitting).Count);
        Assert.Equal(SessionOrder.MaxRows, SessionOrder.Of(null, null, showsAll: true).Choose(sessions, out fitting).Count);
        Assert.Equal(SessionOrder.MaxRows + 3, fitting);
    }

    private Session Open(string? user, string target, int up)
    {
        var leg = new MemoryLeg();
        var record = new SessionRecord(1, "127.0.0.1:1080", leg.RemoteEndPoint, _time) { User = user, Target = Destination.Of(target, 443) };
        record.Traffic.Up(up, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(1));
        return new Session(MemoryStages.Of(new MemoryTransport(), _time), _sessions, new CommandTable(), 0, record, leg);
    }
}
