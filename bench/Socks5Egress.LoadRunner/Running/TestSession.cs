using System.Runtime.InteropServices;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using Serilog;

namespace NBomber.Running;

/// <summary>One run of everything that is registered: initialize, warm up, load, clean.</summary>
internal sealed class TestSession(NBomberContext context)
{
    private readonly Dictionary<string, CancellationTokenSource> _stops =
        context.Scenarios.DistinctBy(scenario => scenario.ScenarioName).ToDictionary(scenario => scenario.ScenarioName, _ => new CancellationTokenSource());

    public NodeInfo Node { get; } = new()
    {
        MachineName = Environment.MachineName,
        OS = RuntimeInformation.OSDescription,
        DotNetVersion = RuntimeInformation.FrameworkDescription,
        CoresCount = Environment.ProcessorCount,
        NBomberVersion = "built-in",
    };

    public ILogger Logger { get; } = Serilog.Core.Logger.None;

    /// <exception cref="InvalidOperationException">It cannot be run, or an initialization failed.</exception>
    public async Task<NodeStats> RunAsync()
    {
        Validation.Check(context);
        foreach (var scenario in context.Scenarios) await InitAsync(scenario);
        var warm = context.Scenarios.Where(scenario => scenario.WarmUp is not null);
        await Task.WhenAll(warm.Select(scenario => LoadAsync(scenario, ScenarioOperation.WarmUp, WarmUp(scenario))));
        var all = await Task.WhenAll(context.Scenarios.Select(scenario => LoadAsync(scenario, ScenarioOperation.Bombing, scenario.Profile)));
        foreach (var scenario in context.Scenarios) await CleanAsync(scenario);
        return new NodeStats
        {
            ScenarioStats = all,
            NodeInfo = Node,
            AllRequestCount = all.Sum(stats => stats.AllRequestCount),
            AllOkCount = all.Sum(stats => stats.AllOkCount),
            AllFailCount = all.Sum(stats => stats.AllFailCount),
            AllBytes = all.Sum(stats => stats.AllBytes),
            Duration = all.Max(stats => stats.Duration),
        };
    }

    public void Stop(string name)
    {
        if (_stops.TryGetValue(name, out var stop)) stop.Cancel();
    }

    public void StopAll()
    {
        foreach (var stop in _stops.Values) stop.Cancel();
    }

    public ScenarioInfo Info(ScenarioProps scenario, ScenarioOperation operation, int number) => new()
    {
        ThreadId = $"{scenario.ScenarioName}_{number}",
        ThreadNumber = number,
        ScenarioName = scenario.ScenarioName,
        ScenarioDuration = scenario.Planned,
        ScenarioOperation = operation,
    };

    private static LoadSimulation[] WarmUp(ScenarioProps scenario)
    {
        var first = scenario.Profile[0];
        return
        [
            new LoadSimulation { Kind = first.Kind, Copies = first.Copies, Rate = first.Rate, Interval = first.Interval, During = scenario.WarmUp!.Value },
        ];
    }

    private async Task<ScenarioStats> LoadAsync(ScenarioProps scenario, ScenarioOperation operation, IReadOnlyList<LoadSimulation> profile)
    {
        var run = new ScenarioRun(this, scenario, operation, _stops[scenario.ScenarioName].Token);
        var (recorder, took) = await run.RunAsync(profile);
        return recorder.Stats(scenario.ScenarioName, took);
    }

    private async Task InitAsync(ScenarioProps scenario)
    {
        try
        {
            await scenario.Before(new Preparing(this, Info(scenario, ScenarioOperation.Init, 0)));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Init of '{scenario.ScenarioName}' failed: {exception.Message}", exception);
        }
    }

    private async Task CleanAsync(ScenarioProps scenario)
    {
        try
        {
            await scenario.After(new Preparing(this, Info(scenario, ScenarioOperation.Clean, 0)));
        }
        catch (Exception exception)
        {
            // As NBomber: it is logged, and the run goes on
            Logger.Warning(exception, "Clean of '{0}' failed", scenario.ScenarioName);
        }
    }

    private sealed class Preparing(TestSession session, ScenarioInfo info) : IScenarioInitContext
    {
        public ScenarioInfo ScenarioInfo => info;

        public NodeInfo NodeInfo => session.Node;

        public ILogger Logger => session.Logger;
    }
}
