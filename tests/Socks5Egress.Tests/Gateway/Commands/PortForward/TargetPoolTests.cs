using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Commands.PortForward;

public sealed class TargetPoolTests
{
    private readonly List<string> _changes = [];

    [Fact]
    public void Connections_are_spread_and_given_back()
    {
        var pool = Pool(TargetCheckKind.Tcp);
        int[] taken = [pool.Take(0), pool.Take(0), pool.Take(0), pool.Take(0), pool.Take(0), pool.Take(0)];
        Assert.Equal([2, 2, 2], pool.Snapshot().Select(target => target.Connections));
        pool.Leave(taken[4]);
        Assert.Equal(taken[4], pool.Take(0));
    }

    [Fact]
    public void A_target_that_fails_its_checks_or_its_clients_goes_down_and_comes_back_by_checks_alone()
    {
        var pool = Pool(TargetCheckKind.Tcp);
        pool.Checked(1, null);
        pool.Failed(1, "target-refused");
        pool.Checked(1, "target-refused");
        Assert.Empty(_changes);
        pool.Failed(1, "target-refused");
        Assert.Equal(["b:2 down target-refused"], _changes);
        Assert.Equal("target-refused", pool.Snapshot()[1].Failure);

        for (var i = 0; i < 10; i++) pool.Reached(1);
        Assert.False(pool.Snapshot()[1].IsUp);
        pool.Checked(1, null);
        Assert.False(pool.Snapshot()[1].IsUp);
        pool.Checked(1, null);
        Assert.Equal("b:2 up ", _changes[^1]);
        Assert.Null(pool.Snapshot()[1].Failure);
    }

    [Fact]
    public void A_client_that_reached_it_speaks_for_a_target_that_is_up()
    {
        var pool = Pool(TargetCheckKind.Tcp);
        pool.Checked(0, null);
        for (var i = 0; i < 10; i++)
        {
            pool.Failed(0, "connect-timeout");
            pool.Failed(0, "connect-timeout");
            pool.Reached(0);
        }
        Assert.Empty(_changes);
    }

    [Fact]
    public void Without_checks_none_ever_goes_down()
    {
        var pool = Pool(TargetCheckKind.Off);
        for (var i = 0; i < 10; i++) pool.Failed(0, "target-refused");
        Assert.True(pool.Snapshot()[0].IsUp);
        Assert.Equal("target-refused", pool.Snapshot()[0].Failure);
        Assert.Empty(_changes);
    }

    private TargetPool Pool(TargetCheckKind check) => new(
        new ForwardOptions { Targets = [Destination.Of("a", 1), Destination.Of("b", 2), Destination.Of("c", 3)], Check = check },
        (target, isUp, failure) => _changes.Add($"{target} {(isUp ? "up" : "down")} {failure}"));
}
