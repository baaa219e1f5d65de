using System.Globalization;
using Socks5Egress.LoadTests.Running;
using Socks5Egress.LoadTests.Setup;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>
/// The work of <see cref="PingPong"/> among thousands of sessions that do nothing, and among them a real pgbench through <c>forward</c>: what a
/// gateway of idle pools looks like. With as many sessions as are at work it is the measure that the many are held against.
/// </summary>
internal static class Mixed
{
    /// <summary>Sessions are held this many times as long as other profiles go on: 60 s by default.</summary>
    private const int Held = 3;

    private static readonly TimeSpan LettingGo = TimeSpan.FromSeconds(10);

    public static LoadScenario Of(string name, Surroundings around, int sessions)
    {
        var (active, idle) = (new EchoPool(around), new EchoPool(around));
        var during = sessions > PingPong.Copies ? around.During * Held : around.During;
        var notes = new Dictionary<string, string>();
        PgbenchThroughForward? pgbench = null;
        return new LoadScenario(name, $"64 B there and back on {PingPong.Copies} of {sessions} sessions, the others idle; pgbench through forward")
        {
            Init = async cancellation =>
            {
                Note(notes, "Before", around);
                await active.OpenAsync(PingPong.Copies, cancellation);
                await idle.OpenAsync(Math.Max(0, sessions - PingPong.Copies), cancellation);
                Note(notes, "With all sessions open", around);
                pgbench = PgbenchThroughForward.Start(around, during);
            },
            Run = active.EchoAsync,
            Clean = async cancellation =>
            {
                if (pgbench is not null) await pgbench.FinishAsync(cancellation);
                Note(notes, "After the work", around);
                active.Close();
                idle.Close();
                await LetGoAsync(around, cancellation);
                Note(notes, "After they closed", around);
            },
            Notes = () => notes,
            WarmUp = TimeSpan.FromSeconds(2),
            Simulations = [new KeepConstant(PingPong.Copies, during)],
            Limits = new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(1)),
        };
    }

    private static void Note(Dictionary<string, string> notes, string when, Surroundings around) =>
        notes[when] = string.Create(CultureInfo.InvariantCulture,
            $"{Descriptors(around)} descriptors, {CostMeter.ResidentMiB(around.GatewayPid):0.0} MiB resident in the gateway");

    private static async Task LetGoAsync(Surroundings around, CancellationToken cancellation)
    {
        var (turns, turn) = (100, LettingGo / 100);
        // A gateway at rest has some dozens: listeners, loops, the admin address
        while (turns-- > 0 && Descriptors(around) > PingPong.Copies) await Task.Delay(turn, TimeProvider.System, cancellation);
    }

    private static int Descriptors(Surroundings around) => Directory.GetFileSystemEntries($"/proc/{around.GatewayPid}/fd").Length;
}
