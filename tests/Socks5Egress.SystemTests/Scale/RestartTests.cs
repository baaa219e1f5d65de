using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>Restarts that nobody notices, and a machine that dies without a word.</summary>
public sealed class RestartTests
{
    private const int Machines = 3;

    /// <summary>Load before, between and after the restarts: at 40 a second a minute in the long form, and six seconds in the usual one.</summary>
    private static readonly int ServedBetween = LongRun.Or(600, 60);

    [Fact]
    public async Task Behind_HAProxy_no_connect_fails_while_each_gateway_is_restarted()
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var fleet = await Fleet.StartAsync(Machines, "--proxy-protocol", "required");
        await using var balancer = await Balancer.StartAsync(fleet);
        await RestartEachAsync(fleet, SteadyConnects.ThroughSocks(balancer.EndPoint, target.EndPoint), balancer);
    }

    [Fact]
    public async Task Through_forward_no_connect_fails_while_each_gateway_is_restarted()
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var fleet = await Fleet.StartAsync(Machines);
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), fleet.Via);
        await RestartEachAsync(fleet, SteadyConnects.To(forward.EndPoint));
    }

    [Fact]
    public async Task A_gateway_killed_costs_its_own_sessions_and_new_ones_go_elsewhere_at_once()
    {
        const int sessions = 30;
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var fleet = await Fleet.StartAsync(Machines);
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), fleet.Via);
        var open = new List<RawConnection>();
        for (var i = 0; i < sessions; i++)
        {
            open.Add(await RawConnection.ConnectAsync(forward.EndPoint));
            Assert.True(await EchoesAsync(open[i]));
        }
        var lost = await AdminPage.SessionsAsync(fleet[0]);
        // Least used first: the load is spread
        Assert.Equal(sessions / Machines, lost);

        fleet[0].Signal(Signals.Kill);
        await fleet[0].WaitForExitAsync();

        using var late = await RawConnection.ConnectAsync(forward.EndPoint);
        Assert.True(await EchoesAsync(late));
        var alive = 0;
        foreach (var connection in open)
        {
            if (await EchoesAsync(connection)) alive++;
            connection.Dispose();
        }
        Assert.Equal(sessions - lost, alive);
    }

    private static async Task RestartEachAsync(Fleet fleet, SteadyConnects load, Balancer? balancer = null)
    {
        for (var i = 0; i < Machines; i++)
        {
            await ServedAsync(load, ServedBetween);
            await fleet.RestartAsync(i);
            // A fleet is restarted one by one: the next one when this one is back in use
            if (balancer is not null) await balancer.AllUpAsync();
        }
        await ServedAsync(load, ServedBetween);
        var failures = await load.StopAsync();
        Assert.True(failures.Count == 0, $"{failures.Count} of {load.Served + failures.Count} failed:\n" + string.Join('\n', failures.Distinct().Take(10)) + "\n" + balancer?.Said);
    }

    private static Task ServedAsync(SteadyConnects load, int more)
    {
        var goal = load.Served + more;
        return Deadline.UntilAsync(() => load.Served >= goal, () => $"Only {load.Served} of {goal} were served", TimeSpan.FromMinutes(2));
    }

    private static async Task<bool> EchoesAsync(RawConnection connection)
    {
        try
        {
            await connection.SendAsync("ping"u8.ToArray());
            return (await connection.ReceiveAsync(4)).AsSpan().SequenceEqual("ping"u8);
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or IOException or Xunit.Sdk.XunitException)
        {
            return false;
        }
    }
}
