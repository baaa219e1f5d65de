using System.Diagnostics;
using NBomber.Contracts;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Running;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>
/// Stands between a scenario's functions and whichever runner calls them: exceptions become values, an interruption ends the runner, and what the load
/// costs is measured from its first iteration to its cleaning. A runner logs what a cleaning throws and forgets it; here it is remembered.
/// </summary>
/// <param name="around">What the scenario goes through.</param>
/// <param name="during">How long its load goes on.</param>
internal sealed class ScenarioWatch(Surroundings around, TimeSpan during)
{
    /// <summary>How soon an interrupted iteration is followed by the next.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CostMeter _meter = new(around.GatewayPid);
    private readonly List<string> _trouble = [];
    private Func<CancellationToken, Task> _clean = static _ => Task.CompletedTask;
    private int _initialized, _cleaned, _loaded, _measured;
    private long _began;

    /// <summary>Done when the load begins, before its first iteration: not before the warm-up.</summary>
    public Action OnLoad { get; set; } = static () => { };

    /// <summary>What became of the load second by second.</summary>
    public LoadWindows Windows { get; } = new((int)Math.Ceiling(during.TotalSeconds) + 1);

    /// <summary>What the load cost; null before it is over.</summary>
    public Cost? Cost { get; private set; }

    /// <summary>What the scenario has measured beside the latencies, by name.</summary>
    public Dictionary<string, string> Notes { get; } = [];

    /// <summary>What failed where a runner does not say it.</summary>
    public IReadOnlyList<string> Trouble => _trouble;

    /// <summary>For <c>WithInit</c>.</summary>
    public Func<IScenarioInitContext, Task> Init(Func<CancellationToken, Task> init) => context =>
    {
        Interlocked.Exchange(ref _initialized, 1);
        Progress.Say($"{context.ScenarioInfo.ScenarioName}: preparing");
        return init(around.Stop);
    };

    /// <summary>For <c>WithClean</c>.</summary>
    public Func<IScenarioInitContext, Task> Clean(Func<CancellationToken, Task> clean)
    {
        _clean = clean;
        return _ => FinishAsync();
    }

    /// <summary>For <c>Scenario.Create</c>.</summary>
    public Func<IScenarioContext, Task<IResponse>> Iteration(Func<CancellationToken, Task<IResponse>> run) => async context =>
    {
        var counts = context.ScenarioInfo.ScenarioOperation == ScenarioOperation.Bombing;
        if (around.Stop.IsCancellationRequested)
        {
            context.StopCurrentTest("interrupted");
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            return Response.Fail(statusCode: "interrupted");
        }
        if (counts && Volatile.Read(ref _loaded) == 0 && Interlocked.Exchange(ref _loaded, 1) == 0) Begin(context.ScenarioInfo.ScenarioName);
        var start = Stopwatch.GetTimestamp();
        var response = await TryAsync(run);
        if (!counts) return response;
        var at = Stopwatch.GetElapsedTime(Volatile.Read(ref _began));
        Windows.Record(at, Stopwatch.GetElapsedTime(start), response.IsError);
        // A runner may wait for seconds before it cleans
        if (at >= during) Measure(at);
        return response;
    };

    /// <summary>Cleans what was initialized, once: also where the runner did not come so far.</summary>
    public async Task FinishAsync()
    {
        if (Volatile.Read(ref _initialized) == 0 || Interlocked.Exchange(ref _cleaned, 1) != 0) return;
        if (_began != 0) Measure(Stopwatch.GetElapsedTime(_began));
        try
        {
            await _clean(around.Stop);
        }
        catch (Exception exception)
        {
            _trouble.Add(exception.Message);
        }
    }

    private void Measure(TimeSpan took)
    {
        if (Interlocked.Exchange(ref _measured, 1) == 0) Cost = _meter.End(took);
    }

    private void Begin(string name)
    {
        Progress.Say($"{name}: running");
        _meter.Begin();
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
        OnLoad();
    }

    private async Task<IResponse> TryAsync(Func<CancellationToken, Task<IResponse>> run)
    {
        try
        {
            return await run(around.Stop);
        }
        catch (Exception exception)
        {
            return Response.Fail(statusCode: FailureStatus.Of(exception));
        }
    }
}
