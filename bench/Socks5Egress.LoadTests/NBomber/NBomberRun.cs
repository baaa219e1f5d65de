using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Vocabulary;
using LoadSimulation = Socks5Egress.LoadTests.Vocabulary.LoadSimulation;

namespace Socks5Egress.LoadTests.NBomber;

/// <summary>
/// The same scenarios carried out by NBomber 4.1.2, the last release under the Apache licence. Compiled with <c>-p:NBomber=true</c> only, where a
/// feed has it. NBomber deletes the report folder that it is given: a fresh one each run.
/// </summary>
internal static class NBomberRun
{
    /// <returns>The sentences of the limits that were crossed.</returns>
    public static IReadOnlyList<string> Run(IReadOnlyList<LoadScenario> scenarios, string folder)
    {
        var stats = NBomberRunner.RegisterScenarios([.. scenarios.Select(Of)])
            .WithReportFolder(Path.Combine(folder, "nbomber"))
            .WithReportFileName("load")
            .WithReportFormats(ReportFormat.Html, ReportFormat.Md, ReportFormat.Csv)
            .Run();
        return [.. scenarios.SelectMany(scenario => Judge(scenario, stats.ScenarioStats.Single(one => one.ScenarioName == scenario.Name)))];
    }

    private static ScenarioProps Of(LoadScenario scenario)
    {
        var props = Scenario.Create(scenario.Name, async _ =>
            {
                var response = await scenario.Run(CancellationToken.None);
                return response.IsOk
                    ? Response.Ok(statusCode: response.Status, sizeBytes: (int)response.Bytes)
                    : Response.Fail(statusCode: response.Status);
            })
            .WithInit(_ => scenario.Init(CancellationToken.None))
            .WithClean(_ => scenario.Clean(CancellationToken.None))
            .WithLoadSimulations([.. scenario.Simulations.Select(Of)]);
        return scenario.WarmUp > TimeSpan.Zero ? props.WithWarmUpDuration(scenario.WarmUp) : props.WithoutWarmUp();
    }

    private static global::NBomber.Contracts.LoadSimulation Of(LoadSimulation simulation) => simulation switch
    {
        KeepConstant constant => Simulation.KeepConstant(copies: constant.Copies, during: constant.During),
        Inject inject => Simulation.Inject(rate: inject.Rate, interval: inject.Interval, during: inject.During),
        RampingInject ramp => Simulation.RampingInject(rate: ramp.Rate, interval: ramp.Interval, during: ramp.During),
        _ => throw new ArgumentOutOfRangeException(nameof(simulation)),
    };

    private static IEnumerable<string> Judge(LoadScenario scenario, ScenarioStats stats)
    {
        if (stats.Ok.Request.Count == 0) yield return $"{scenario.Name}: nothing succeeded";
        if (stats.Fail.Request.Percent > scenario.Limits.FailPercent) yield return $"{scenario.Name}: {stats.Fail.Request.Count} failed";
        if (stats.Ok.Latency.Percent99 > scenario.Limits.Percent99.TotalMilliseconds)
            yield return $"{scenario.Name}: the 99th percentile is {stats.Ok.Latency.Percent99} ms, {scenario.Limits.Percent99.TotalMilliseconds:0} ms at most";
    }
}
