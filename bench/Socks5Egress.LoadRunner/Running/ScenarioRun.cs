using System.Collections.Concurrent;
using System.Diagnostics;
using NBomber.Contracts;
using NBomber.CSharp;

namespace NBomber.Running;

/// <summary>
/// Carries out one scenario, once for its warm-up and once for its load. An iteration of the open model is timed from the moment at which it was due,
/// so that a stall counts for everything that it delayed.
/// </summary>
internal sealed class ScenarioRun(TestSession session, ScenarioProps scenario, ScenarioOperation operation, CancellationToken stop)
{
    /// <summary>Above it a beginning of the open model is a failure: the other side has stopped.</summary>
    private const int MostInFlight = 10_000;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(15);

    private readonly ConcurrentBag<Copy> _rested = [];
    private readonly Recorder _recorder = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _copies, _inFlight;

    private TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>Piece after piece.</summary>
    public async Task<(Recorder Recorder, TimeSpan Took)> RunAsync(IReadOnlyList<LoadSimulation> profile)
    {
        var (start, copies, rate) = (TimeSpan.Zero, 0, 0);
        foreach (var piece in profile)
        {
            if (stop.IsCancellationRequested) break;
            switch (piece.Kind)
            {
                case LoadSimulation.Shape.KeepConstant:
                    await RepeatAsync(start, piece, piece.Copies);
                    break;
                case LoadSimulation.Shape.RampingConstant:
                    await RepeatAsync(start, piece, copies);
                    break;
                case LoadSimulation.Shape.Inject:
                    await InjectAsync(start, piece, new Slope(piece.Rate, piece.Rate, piece.Interval));
                    break;
                case LoadSimulation.Shape.RampingInject:
                    await InjectAsync(start, piece, new Slope(rate, piece.Rate, piece.Interval));
                    break;
                case LoadSimulation.Shape.Pause:
                    await UntilAsync(start + piece.During);
                    break;
            }
            // As NBomber: a piece of the other model, or a pause, ends the rate or the copies that the next one rises from
            (start, copies, rate) = (start + piece.During, piece.Copies, piece.Rate);
        }
        return (_recorder, Now);
    }

    private async Task RepeatAsync(TimeSpan start, LoadSimulation piece, int before)
    {
        var (from, to) = (Math.Min(before, piece.Copies), Math.Max(before, piece.Copies));
        var end = start + piece.During;
        await Task.WhenAll(Enumerable.Range(0, to).Select(number =>
        {
            // The copies that are there all the time, those that come (the later the higher), those that go
            var moment = start + (number < from ? TimeSpan.Zero : piece.During * (number - from + 1) / (to - from));
            return piece.Copies >= before ? RepeatAsync(moment, end) : RepeatAsync(start, number < from ? end : start + end - moment);
        }));
    }

    private Task RepeatAsync(TimeSpan from, TimeSpan to) => Task.Run(async () =>
    {
        await UntilAsync(from);
        var copy = Rent();
        while (Now < to && !stop.IsCancellationRequested) await OnceAsync(copy, Now);
        _rested.Add(copy);
    }, CancellationToken.None);

    private async Task InjectAsync(TimeSpan start, LoadSimulation piece, Slope slope)
    {
        List<Task> all = [];
        foreach (var due in slope.Dues(piece.During).Select(due => start + due))
        {
            await UntilAsync(due);
            if (stop.IsCancellationRequested) break;
            if (Volatile.Read(ref _inFlight) >= MostInFlight)
            {
                Record(due, Response.Fail(statusCode: "too-many-in-flight"));
                continue;
            }
            Interlocked.Increment(ref _inFlight);
            all.Add(Task.Run(() => InjectedAsync(due), CancellationToken.None));
            if (all.Count % 4096 == 0) all.RemoveAll(static task => task.IsCompleted);
        }
        await UntilAsync(start + piece.During);
        // What has no end by then is counted as what it is; it goes on beside the cleaning
        await Task.WhenAny(Task.WhenAll(all), Task.Delay(LastWords, TimeProvider.System, CancellationToken.None));
        for (var open = Volatile.Read(ref _inFlight); open > 0; open--) _recorder.Record(LastWords, Response.Fail(statusCode: "no-end"));
    }

    private async Task InjectedAsync(TimeSpan due)
    {
        var copy = Rent();
        await OnceAsync(copy, due);
        _rested.Add(copy);
        Interlocked.Decrement(ref _inFlight);
    }

    private async Task OnceAsync(Copy copy, TimeSpan due)
    {
        copy.Begin();
        IResponse response;
        try
        {
            response = await scenario.Iteration(copy);
        }
        catch (OperationCanceledException)
        {
            response = Response.Fail(statusCode: "-100", message: "operation timeout");
        }
        catch (Exception exception)
        {
            session.Logger.Error(exception, "Unhandled exception for Scenario: {0}", scenario.ScenarioName);
            response = Response.Fail(statusCode: "-101", message: exception.Message);
        }
        Record(due, response);
    }

    private void Record(TimeSpan due, IResponse response)
    {
        _recorder.Record(Now - due, response);
        if (response.IsError && _recorder.FailCount >= scenario.MaxFailCount) session.StopAll();
    }

    /// <summary>Waits until that time, not at all when it is past or the scenario is stopped.</summary>
    private async Task UntilAsync(TimeSpan due)
    {
        var wait = due - Now;
        // Timers have a millisecond's grain: what is due within it begins now, with its own due time
        if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, TimeProvider.System, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private Copy Rent()
    {
        if (_rested.TryTake(out var rested)) return rested;
        var number = Interlocked.Increment(ref _copies) - 1;
        return new Copy(session, session.Info(scenario, operation, number));
    }
}
