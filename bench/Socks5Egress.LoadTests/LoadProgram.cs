using System.Runtime.InteropServices;
using Socks5Egress.Client;
using Socks5Egress.LoadTests.Reports;
using Socks5Egress.LoadTests.Scenarios;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests;

/// <summary>Starts gateway and targets, runs the scenarios one after the other, reports.</summary>
internal static class LoadProgram
{
    /// <returns>0 when every limit was kept, else 1.</returns>
    public static async Task<int> RunAsync(LoadRequest request, CancellationToken stop)
    {
        await using var target = ChildProcess.Start(Environment.ProcessPath!, ["target", request.Serve]);
        var ports = (await target.Output.ReadLineAsync(stop) ?? throw new InvalidOperationException($"nothing can listen on {request.Serve}"))
            .Split(' ').Select(int.Parse).ToArray();
        await using var gateway = request.Target is null ? await GatewayUnderLoad.StartAsync(request.Gateway!, stop) : null;
        // The client and every forward read it there: a URL may name a user, and arguments are seen by all
        Environment.SetEnvironmentVariable("SOCKS5EGRESS_VIA", request.Target ?? gateway!.Via);
        var client = Socks5Client.FromEnvironment();
        if (gateway is null) await ProbeAsync(client, request.Serve, ports[0], stop);
        await using var postgres = await PostgresAsync(request, stop);
        var around = new Surroundings
        {
            Client = client,
            Program = request.Gateway,
            GatewayPid = gateway?.Pid,
            TargetHost = request.Serve,
            EchoPort = ports[0],
            BulkPort = ports[1],
            Postgres = postgres,
            Sessions = request.Sessions,
            During = request.During,
            Stop = stop,
        };

        var run = await RunAsync(request, ScenarioSet.Of(around, request.Scenarios), gateway, stop);
        await Report.WriteAsync(run, request.Output);
        Progress.Clear();
        await Console.Out.WriteAsync(request.Json ? Report.Json(run) + "\n" : MarkdownReport.Table(run));
        foreach (var trouble in run.Trouble) await Console.Error.WriteLineAsync("limit crossed: " + trouble);
        await Console.Error.WriteLineAsync("Report: " + Path.Combine(request.Output, "README.md"));
        return run.Trouble.Count == 0 ? 0 : 1;
    }

    /// <summary>Opens one connection through the given gateway first: a wrong URL or a refusal is then one sentence, not thousands of failures.</summary>
    private static async Task ProbeAsync(Socks5Client client, string host, int port, CancellationToken stop)
    {
        using var socket = await client.ConnectSocketAsync(host, port, stop);
    }

    /// <returns>Null where it was not asked for, or could not be started; the reason is printed then.</returns>
    private static async Task<PostgresUnderLoad?> PostgresAsync(LoadRequest request, CancellationToken stop)
    {
        if (!request.Scenarios.Intersect(ScenarioSet.WithPostgres).Any()) return null;
        if (!PostgresUnderLoad.IsThere) Progress.Say("There is no PostgreSQL to start here: postgres is left out, and mixed has no pgbench");
        else if (request.Serve != "127.0.0.1") Progress.Say("PostgreSQL is for 127.0.0.1 only: postgres is left out, and mixed has no pgbench");
        else return await PostgresUnderLoad.StartAsync(stop);
        return null;
    }

    private static async Task<LoadRun> RunAsync(LoadRequest request, IReadOnlyList<LoadScenario> scenarios, GatewayUnderLoad? gateway, CancellationToken stop)
    {
        List<ScenarioFigures> all = [];
        List<string> trouble = [];
        var runner = LoadRun.BuiltIn;
        foreach (var scenario in scenarios)
        {
            gateway?.TakeEnds();
            var (stats, failure) = await ScenarioRunner.RunAsync(scenario, request.Output, stop);
            stop.ThrowIfCancellationRequested();
            trouble.AddRange(failure.Concat(scenario.Watch.Trouble).Select(sentence => $"{scenario.Name}: {sentence}"));
            if (stats is null) continue;
            if (stats.NodeInfo.NBomberVersion != runner) runner = $"NBomber {stats.NodeInfo.NBomberVersion}";
            var figures = FiguresOf.Scenario(scenario, stats) with { Ends = gateway?.TakeEnds() ?? [] };
            all.Add(figures);
            trouble.AddRange(LoadRun.Judge(scenario, figures));
        }
        trouble.AddRange(LoadRun.Compare(all));
        return new LoadRun
        {
            Date = TimeProvider.System.GetUtcNow(),
            Machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            Version = request.Target is null ? Path.GetFileName(request.Gateway!) : "a running gateway",
            Commit = request.Commit,
            Runner = runner,
            Scenarios = all,
            Open = scenarios.Where(scenario => scenario.IsOpen).Select(scenario => scenario.Name).ToHashSet(),
            Trouble = trouble,
        };
    }
}
