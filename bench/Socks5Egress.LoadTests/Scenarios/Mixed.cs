using System.Globalization;
using NBomber.Contracts;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Running;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>
/// The work of <see cref="PingPong"/> among thousands of sessions that do nothing, and among them a real pgbench through <c>forward</c>: what a
/// gateway of idle pools looks like. With as many sessions as are at work it is the measure that the many are held against.
/// </summary>
internal static class Mixed
{
    /// <summary>Sessions are held this many times as long as other profiles go on: 60 s by default.</summary>
    private const int Held = 3;

    /// <summary>Descriptors that a gateway may have opened for itself meanwhile: its logs, its admin address, files that it reads again.</summary>
    private const int Own = 16;

    private static readonly TimeSpan LettingGo = TimeSpan.FromSeconds(10);

    public static LoadScenario Of(string name, Surroundings around, int sessions)
    {
        var (active, idle) = (new EchoPool(around), new EchoPool(around));
        var during = sessions > PingPong.Copies ? around.During * Held : around.During;
        var watch = new ScenarioWatch(around, during);
        var before = 0;
        PgbenchThroughForward? pgbench = null;
        // A runner's own preparations and the warm-up come before the load: a pgbench of the first step would be over too soon
        watch.OnLoad = () => pgbench = PgbenchThroughForward.Start(around, during);
        LoadSimulation[] simulations = [Simulation.KeepConstant(copies: PingPong.Copies, during: during)];
        var props = Scenario.Create(name, watch.Iteration(active.EchoAsync))
            .WithInit(watch.Init(async cancellation =>
            {
                before = Note(watch, "Before", around);
                await active.OpenAsync(PingPong.Copies, cancellation);
                await idle.OpenAsync(Math.Max(0, sessions - PingPong.Copies), cancellation);
                Note(watch, "With all sessions open", around);
            }))
            .WithClean(watch.Clean(async cancellation =>
            {
                try
                {
                    if (pgbench is not null) watch.Notes["pgbench"] = await pgbench.FinishAsync(cancellation);
                    Note(watch, "After the work", around);
                }
                finally
                {
                    active.Close();
                    idle.Close();
                }
                await LetGoAsync(around, before, cancellation);
                Note(watch, "After they closed", around);
            }))
            .WithWarmUpDuration(around.WarmUp)
            .WithLoadSimulations(simulations);
        return new LoadScenario(props, $"64 B there and back on {PingPong.Copies} of {sessions} sessions, the others idle; pgbench through forward",
            simulations, watch, new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(1)));
    }

    /// <returns>The gateway's descriptors; 0 where its process is not ours.</returns>
    private static int Note(ScenarioWatch watch, string when, Surroundings around)
    {
        if (around.GatewayPid is not { } pid) return 0;
        var descriptors = Descriptors(pid);
        watch.Notes[when] = string.Create(CultureInfo.InvariantCulture,
            $"{descriptors} descriptors, {CostMeter.ResidentMiB(pid):0.0} MiB resident in the gateway");
        return descriptors;
    }

    private static async Task LetGoAsync(Surroundings around, int before, CancellationToken cancellation)
    {
        if (around.GatewayPid is not { } pid) return;
        var (turns, turn) = (100, LettingGo / 100);
        while (Descriptors(pid) > before + Own)
        {
            if (turns-- == 0) throw new InvalidOperationException($"the gateway has {Descriptors(pid)} descriptors after the sessions closed, {before} before");
            await Task.Delay(turn, TimeProvider.System, cancellation);
        }
    }

    private static int Descriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;
}
