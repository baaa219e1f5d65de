using HdrHistogram;

namespace Socks5Egress.LoadTests.Running;

/// <summary>What became of a load second by second. Latencies run from the moment at which an iteration began. Any number of threads.</summary>
internal sealed class LoadWindows(int seconds)
{
    private const long MostMicroseconds = 120_000_000;

    private readonly LongConcurrentHistogram[] _all = [.. Enumerable.Range(0, seconds).Select(_ => new LongConcurrentHistogram(1, MostMicroseconds, 2))];
    private long _count;

    /// <summary>Iterations so far, for the progress line.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <param name="at">When it ended, from the load's beginning.</param>
    /// <param name="latency">How long it took.</param>
    /// <param name="isError">It is counted, and has no latency.</param>
    public void Record(TimeSpan at, TimeSpan latency, bool isError)
    {
        Interlocked.Increment(ref _count);
        if (isError || (int)at.TotalSeconds >= _all.Length) return;
        _all[Math.Max(0, (int)at.TotalSeconds)].RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, MostMicroseconds));
    }

    /// <summary>One a second.</summary>
    public IReadOnlyList<WindowFigures> Figures(TimeSpan took) => [.. _all.Take((int)Math.Ceiling(took.TotalSeconds)).Select(window =>
        new WindowFigures(window.TotalCount, At(window, 50), At(window, 99)))];

    private static double At(HistogramBase histogram, double percent) =>
        histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(percent) / 1000.0;
}
