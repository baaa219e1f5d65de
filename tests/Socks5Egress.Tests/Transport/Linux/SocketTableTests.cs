using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport.Linux;

public sealed class SocketTableTests
{
    private readonly SocketTable _table = new();

    [Fact]
    public void A_socket_is_found_by_its_key_until_it_leaves()
    {
        var socket = new Silent();
        _table.Add(socket);
        Assert.Same(socket, _table.Find(socket.Key));
        _table.Remove(socket);
        Assert.Null(_table.Find(socket.Key));
    }

    [Fact]
    public void An_event_for_a_socket_that_has_left_does_not_reach_the_one_in_its_place()
    {
        var gone = new Silent();
        _table.Add(gone);
        _table.Remove(gone);
        var next = new Silent();
        _table.Add(next);

        Assert.Equal((uint)gone.Key, (uint)next.Key);
        Assert.Null(_table.Find(gone.Key));
        Assert.Same(next, _table.Find(next.Key));
    }

    [Fact]
    public void It_grows_and_keeps_everybody()
    {
        var sockets = Enumerable.Range(0, 1000).Select(static _ => new Silent()).ToList();
        sockets.ForEach(_table.Add);
        Assert.All(sockets, socket => Assert.Same(socket, _table.Find(socket.Key)));
        Assert.Equal(1000, _table.Drain().Count);
    }

    [Fact]
    public void A_socket_that_takes_over_gets_the_events_of_the_key()
    {
        var attempt = new Silent();
        _table.Add(attempt);
        var leg = new Silent();
        _table.Replace(attempt, leg);
        Assert.Same(leg, _table.Find(attempt.Key));
        Assert.Equal(attempt.Key, leg.Key);
    }

    [Fact]
    public void A_socket_that_leaves_twice_frees_one_place_once()
    {
        var gone = new Silent();
        _table.Add(gone);
        _table.Remove(gone);
        _table.Remove(gone);
        var (one, other) = (new Silent(), new Silent());
        _table.Add(one);
        _table.Add(other);
        Assert.Same(one, _table.Find(one.Key));
        Assert.Same(other, _table.Find(other.Key));
    }

    [Fact]
    public void A_socket_that_was_never_in_takes_no_other_with_it()
    {
        var here = new Silent();
        _table.Add(here);
        _table.Remove(new Silent());
        Assert.Same(here, _table.Find(here.Key));
    }

    [Fact]
    public void The_alarm_is_nobodys_key()
    {
        _table.Add(new Silent());
        Assert.Null(_table.Find(SocketTable.NoSocket));
    }

    private sealed class Silent() : LoopSocket(null!, -1)
    {
        public override void OnReady(SocketReadiness readiness)
        {
        }

        public override void GiveUp()
        {
        }
    }
}
