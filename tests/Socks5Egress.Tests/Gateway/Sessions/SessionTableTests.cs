using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Sessions;

/// <summary>Which connections count as pending handshakes.</summary>
public sealed class SessionTableTests : IDisposable
{
    private static readonly FakeTimeProvider Time = new();
    private readonly SessionTable _table = new(most: 8, TimeSpan.FromMilliseconds(250), new Supervisor(Time));

    public void Dispose() => _table.Dispose();

    [Fact]
    public void A_connection_that_begins_its_request_after_a_wait_counts_as_pending_again()
    {
        var (waiting, other) = (new Connection(1), new Connection(2));
        _table.Add(waiting, 2);
        _table.Asked(waiting);
        Assert.Equal(0, _table.Pending);

        _table.Asking(waiting, 2);
        _table.Add(other, 2);
        Assert.Equal(2, _table.Pending);

        // One more than may be pending: the oldest goes, and it is the one that came back first
        _table.Add(new Connection(3), 2);
        Assert.Equal((EndReason.LimitPending, EndReason.None), (waiting.Ended, other.Ended));
        Assert.Equal(2, _table.Pending);
        _table.Remove(waiting);
        Assert.Equal(2, _table.Pending);
    }

    [Fact]
    public void A_connection_that_is_over_does_not_come_back()
    {
        var gone = new Connection(1);
        _table.Add(gone, 2);
        _table.Remove(gone);
        _table.Asking(gone, 2);
        Assert.Equal((0, 0), (_table.Pending, _table.Count));
    }

    [Fact]
    public void One_that_relays_is_looked_at_less_often_and_any_other_in_every_sweep()
    {
        using var table = new SessionTable(most: 8, TimeSpan.FromMilliseconds(250), new Supervisor(Time), unhurriedTick: TimeSpan.FromSeconds(2));
        var (relaying, asking) = (new Connection(3), new Connection(4));
        foreach (var session in new[] { relaying, asking }) table.Add(session, 0);
        table.Hurry(relaying, isHurried: false);
        for (var i = 0; i < 160; i++) Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal((20, 160), (relaying.Deadlines, asking.Deadlines));
        // Every ten seconds
        Assert.Equal((4, 4), (relaying.Peers, asking.Peers));
        table.Hurry(relaying, isHurried: true);
        for (var i = 0; i < 8; i++) Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(28, relaying.Deadlines);
        table.Remove(relaying);
        for (var i = 0; i < 8; i++) Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(28, relaying.Deadlines);
    }

    private sealed class Connection(long number) : ILiveSession
    {
        public EndReason Ended { get; private set; }

        public SessionRecord Record { get; } = new(number, "listener", new IPEndPoint(IPAddress.Loopback, 1), Time);

        public ClientPrefix Source { get; } = ClientPrefix.Of(IPAddress.Loopback);

        public SessionPhase Stage => SessionPhase.Negotiating;

        public void End(EndReason reason) => Ended = reason;

        public int Deadlines { get; private set; }

        public int Peers { get; private set; }

        public void CheckDeadline(long now) => Deadlines++;

        public void CheckPeers(long now) => Peers++;

        public void Drain(long now, TimeSpan gone, TimeSpan window)
        {
        }
    }
}
