using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>What waiting for sessions costs while a gateway drains.</summary>
public sealed class DrainCostTests
{
    private const int Sessions = 4000;

    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Four_thousand_sessions_that_await_an_answer_cost_a_drain_next_to_nothing(string transport)
    {
        Assert.SkipUnless(LongRun.Wanted, "Half a minute of 4,000 sessions; tests/run --long");
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-timeout", "20s");
        await using var target = RawTarget.Start(static async peer => await peer.ReceiveToEndAsync(TimeSpan.FromMinutes(2)));
        var clients = new List<RawConnection>();
        for (var i = 0; i < Sessions; i++)
        {
            clients.Add(await RawClient.OpenAsync(gateway, target.EndPoint));
            await clients[^1].SendAsync("?"u8.ToArray());
        }
        gateway.Signal(Signals.Terminate);
        await gateway.Log.WaitAsync("gateway.draining");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        var used = gateway.ProcessorTime;
        await Task.Delay(Measured, TestContext.Current.CancellationToken);
        var share = (gateway.ProcessorTime - used) / Measured;
        TestContext.Current.TestOutputHelper!.WriteLine($"{share:p2} of a core for {Sessions} sessions");
        Assert.True(share < .03, $"{share:p2} of a core");
        clients.ForEach(client => client.Dispose());
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }
}
