using System.Collections.Concurrent;
using HdrHistogram;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Running;

/// <summary>Collects what the iterations of one scenario report. Any number of threads.</summary>
internal sealed class LatencyRecorder(int seconds)
{
    private const long MostMicroseconds = 120_000_000;

    private readonly LongConcurrentHistogram _all = new(1, MostMicroseconds, 3);
    private readonly LongConcurrentHistogram[] _windows = [.. Enumerable.Range(0, seconds + 1).Select(_ => new LongConcurrentHistogram(1, MostMicroseconds, 2))];
    private readonly ConcurrentDictionary<string, long> _statuses = new();
    private long _failed, _bytes;

    /// <param name="at">When it ended, from the scenario's start.</param>
    /// <param name="latency">From the moment at which it was due.</param>
    /// <param name="response">What became of it.</param>
    public void Record(TimeSpan at, TimeSpan latency, LoadResponse response)
    {
        _statuses.AddOrUpdate(response.Status, 1, static (_, count) => count + 1);
        if (!response.IsOk)
        {
            Interlocked.Increment(ref _failed);
            return;
        }
        var microseconds = Math.Clamp((long)latency.TotalMicroseconds, 1, MostMicroseconds);
        _all.RecordValue(microseconds);
        _windows[Math.Clamp((int)at.TotalSeconds, 0, _windows.Length - 1)].RecordValue(microseconds);
        Interlocked.Add(ref _bytes, response.Bytes);
    }

    /// <summary>Iterations so far, for the progress line.</summary>
    public long Count => _all.TotalCount + Interlocked.Read(ref _failed);

    public ScenarioStats Stats(LoadScenario scenario, TimeSpan took, Cost cost) => new()
    {
        Name = scenario.Name,
        Summary = scenario.Summary,
        Profile = string.Join("; ", scenario.Simulations.Select(simulation => simulation.Words)),
        Seconds = took.TotalSeconds,
        OkCount = _all.TotalCount,
        FailCount = _failed,
        PerSecond = _all.TotalCount / took.TotalSeconds,
        MiBPerSecond = _bytes / took.TotalSeconds / (1 << 20),
        Percent50 = At(50),
        Percent75 = At(75),
        Percent95 = At(95),
        Percent99 = At(99),
        Worst = At(100),
        Statuses = new SortedDictionary<string, long>(_statuses, StringComparer.Ordinal),
        Windows = [.. _windows.Take((int)Math.Ceiling(took.TotalSeconds)).Select(window =>
            new WindowStats(window.TotalCount, Milliseconds(window, 50), Milliseconds(window, 99)))],
        Cost = cost,
    };

    private double At(double percent) => Milliseconds(_all, percent);

    private static double Milliseconds(HistogramBase histogram, double percent) =>
        histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(percent) / 1000.0;
}
