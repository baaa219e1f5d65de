using System.Runtime.InteropServices;
using Socks5Egress.Client;
using Socks5Egress.LoadTests.Reports;
using Socks5Egress.LoadTests.Running;
using Socks5Egress.LoadTests.Scenarios;
using Socks5Egress.LoadTests.Setup;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests;

/// <summary>Starts gateway and targets, runs the scenarios one behind the other, reports.</summary>
internal static class LoadProgram
{
    /// <returns>0 when every limit was kept, else 1.</returns>
    public static async Task<int> RunAsync(LoadRequest request, CancellationToken cancellation)
    {
        await using var target = ChildProcess.Start(Environment.ProcessPath!, ["target"]);
        var ports = (await target.Output.ReadLineAsync(cancellation))!.Split(' ').Select(int.Parse).ToArray();
        await using var gateway = await GatewayUnderLoad.StartAsync(request.Gateway, cancellation);
        var wantsPostgres = request.Scenarios.Intersect(["postgres", "mixed"]).Any();
        if (wantsPostgres && !PostgresUnderLoad.IsThere) Progress.Say("There is no PostgreSQL here: postgres is left out, and mixed has no pgbench");
        await using var postgres = wantsPostgres && PostgresUnderLoad.IsThere ? await PostgresUnderLoad.StartAsync(cancellation) : null;

        var around = new Surroundings
        {
            Client = new Socks5Client(Socks5Proxy.Parse(gateway.Via)),
            Via = gateway.Via,
            Program = request.Gateway,
            GatewayPid = gateway.Pid,
            TargetHost = "127.0.0.1",
            EchoPort = ports[0],
            BulkPort = ports[1],
            Postgres = postgres,
            Sessions = request.Sessions,
            During = request.During,
        };
        var scenarios = ScenarioSet.Of(around, request.Scenarios);
#if NBOMBER
        foreach (var sentence in NBomber.NBomberRun.Run(scenarios, request.Output)) await Console.Error.WriteLineAsync(sentence);
        return 0;
#else
        var run = await RunAsync(request, scenarios, gateway, cancellation);
        await Report.WriteAsync(run, request.Output);
        Progress.Clear();
        await Console.Out.WriteAsync(request.Json ? Report.Json(run) + "\n" : MarkdownReport.Table(run));
        foreach (var trouble in run.Trouble) await Console.Error.WriteLineAsync("limit crossed: " + trouble);
        await Console.Error.WriteLineAsync("Report: " + Path.Combine(request.Output, "README.md"));
        return run.Trouble.Count == 0 ? 0 : 1;
#endif
    }

    private static async Task<LoadRun> RunAsync(
        LoadRequest request, IReadOnlyList<LoadScenario> scenarios, GatewayUnderLoad gateway, CancellationToken cancellation)
    {
        List<ScenarioStats> all = [];
        List<string> trouble = [];
        foreach (var scenario in scenarios)
        {
            gateway.TakeEnds();
            var stats = await new BuiltInRunner(new CostMeter(gateway.Pid), Progress.Say).RunAsync(scenario, cancellation);
            stats = stats with { Ends = gateway.TakeEnds(), Notes = scenario.Notes() };
            all.Add(stats);
            trouble.AddRange(LoadRun.Judge(scenario, stats));
        }
        trouble.AddRange(LoadRun.Compare(all));
        return new LoadRun
        {
            Date = TimeProvider.System.GetUtcNow(),
            Machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            Version = Path.GetFileName(request.Gateway),
            Commit = request.Commit,
            Scenarios = all,
            Open = scenarios.Where(scenario => scenario.Simulations.Any(one => one is Inject or RampingInject)).Select(scenario => scenario.Name).ToHashSet(),
            Trouble = trouble,
        };
    }
}
