using System.Diagnostics;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Running;

/// <summary>
/// Carries a scenario out: bounded in time by its profile and in size by <see cref="MostInFlight"/>. An iteration of the open model is timed from
/// the moment at which it was due, so that a stall counts for everything it delayed.
/// </summary>
internal sealed class BuiltInRunner(CostMeter meter, Action<string> progress)
{
    /// <summary>Above it a beginning of the open model is a failure: the other side has stopped.</summary>
    private const int MostInFlight = 10_000;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(15);

    public async Task<ScenarioStats> RunAsync(LoadScenario scenario, CancellationToken cancellation)
    {
        progress($"{scenario.Name}: preparing");
        await scenario.Init(cancellation);
        try
        {
            if (scenario.WarmUp > TimeSpan.Zero)
            {
                progress($"{scenario.Name}: warming up");
                var warmUp = scenario.Simulations[0] with { During = scenario.WarmUp };
                await CarryOutAsync(scenario, [warmUp], new LatencyRecorder((int)scenario.WarmUp.TotalSeconds), cancellation);
            }

            var total = scenario.Simulations.Aggregate(TimeSpan.Zero, static (sum, simulation) => sum + simulation.During);
            var recorder = new LatencyRecorder((int)Math.Ceiling((total + LastWords).TotalSeconds));
            meter.Begin();
            var began = Stopwatch.GetTimestamp();
            await CarryOutAsync(scenario, scenario.Simulations, recorder, cancellation);
            var took = Stopwatch.GetElapsedTime(began);
            return recorder.Stats(scenario, took, meter.End(took));
        }
        finally
        {
            await scenario.Clean(CancellationToken.None);
        }
    }

    private async Task CarryOutAsync(
        LoadScenario scenario, IReadOnlyList<LoadSimulation> simulations, LatencyRecorder recorder, CancellationToken cancellation)
    {
        var clock = new IterationClock(scenario, recorder, Stopwatch.GetTimestamp());
        var (rate, start) = (0, TimeSpan.Zero);
        foreach (var simulation in simulations)
        {
            using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var reporting = ReportAsync(scenario.Name, recorder, done.Token);
            var end = start + simulation.During;
            switch (simulation)
            {
                case KeepConstant constant:
                    await Task.WhenAll(Enumerable.Range(0, constant.Copies).Select(_ => Task.Run(() => clock.RepeatAsync(end, cancellation), cancellation)));
                    break;
                case Inject inject:
                    await InjectAsync(clock, start, inject.During, new Slope(inject.Rate, inject.Rate, inject.Interval), cancellation);
                    rate = inject.Rate;
                    break;
                case RampingInject ramp:
                    await InjectAsync(clock, start, ramp.During, new Slope(rate, ramp.Rate, ramp.Interval), cancellation);
                    rate = ramp.Rate;
                    break;
            }
            start = end;
            await done.CancelAsync();
            await reporting;
        }
    }

    private static async Task InjectAsync(IterationClock clock, TimeSpan start, TimeSpan during, Slope slope, CancellationToken cancellation)
    {
        var running = 0;
        List<Task> all = [];
        foreach (var due in slope.Dues(during))
        {
            await clock.UntilAsync(start + due, cancellation);
            if (Volatile.Read(ref running) >= MostInFlight)
            {
                clock.Overflow(start + due);
                continue;
            }
            Interlocked.Increment(ref running);
            all.Add(Task.Run(async () =>
            {
                await clock.OnceAsync(start + due, cancellation);
                Interlocked.Decrement(ref running);
            }, cancellation));
            if (all.Count % 4096 == 0) all.RemoveAll(static task => task.IsCompleted);
        }
        await Task.WhenAll(all).WaitAsync(LastWords, cancellation);
    }

    private async Task ReportAsync(string name, LatencyRecorder recorder, CancellationToken done)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await second.WaitForNextTickAsync(done)) progress($"{name}: {recorder.Count:N0} done");
        }
        catch (OperationCanceledException)
        {
            // The simulation is over
        }
    }
}
