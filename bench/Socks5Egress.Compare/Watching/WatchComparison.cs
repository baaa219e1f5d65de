using Socks5Egress.Compare.Load;
using Socks5Egress.Compare.Reports;
using Socks5Egress.Compare.Runs;

namespace Socks5Egress.Compare.Watching;

/// <summary>What watching costs: a run as it is kept, <c>results.json</c>.</summary>
internal sealed record WatchComparison
{
    /// <summary>More than this factor in CPU a request is too much.</summary>
    public const double Bar = 1.05;

    public DateTimeOffset Date { get; init; }

    /// <summary>The commit of this repository that was measured; "+" behind it: with changes.</summary>
    public string Commit { get; init; } = "";

    /// <summary>epoll or sockets.</summary>
    public string Transport { get; init; } = "";

    public int Connections { get; init; }

    /// <summary>The measured span of each sample.</summary>
    public double Seconds { get; init; }

    public Machine Machine { get; init; } = new();

    public List<WatchPair> Pairs { get; init; } = [];

    /// <summary>The median of the pairs' ratios; NaN without any.</summary>
    public double MedianRatio => Median(Pairs.Select(pair => pair.Ratio));

    public double MedianAlone => Median(Pairs.Select(pair => pair.Alone.CpuEach));

    public double MedianWatched => Median(Pairs.Select(pair => pair.Watched.CpuEach));

    private static double Median(IEnumerable<double> values) => Medians.Of([.. values.Order()]) ?? double.NaN;
}

/// <summary>Two gateways of one build, one after the other, one of them watched.</summary>
/// <param name="Round">From 1; in odd rounds the watched one comes first.</param>
/// <param name="Alone">The one that nobody watches.</param>
/// <param name="Watched">The other.</param>
/// <param name="PageBytes">What the event stream brought meanwhile.</param>
/// <param name="Scrapes">How often metrics were read meanwhile.</param>
internal sealed record WatchPair(int Round, WatchWork Alone, WatchWork Watched, long PageBytes, int Scrapes)
{
    /// <summary>CPU a request, watched to not watched.</summary>
    public double Ratio => Watched.CpuEach / Alone.CpuEach;
}

/// <param name="Requests">Replied to within the span.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="CpuSeconds">Of the gateway.</param>
/// <param name="P99">Of the latency, in microseconds.</param>
internal sealed record WatchWork(long Requests, double Seconds, double CpuSeconds, double P99)
{
    /// <summary>Microseconds of the gateway's CPU a request.</summary>
    public double CpuEach => CpuSeconds * 1e6 / Requests;

    public static WatchWork? Of(Sample sample) => sample is { Errors: 0, Mismatches: 0, Work: { Units: > 0, ProxyCpu: { } cpu, Latency: { } latency } work }
        ? new WatchWork(work.Units, work.Seconds, cpu, latency.P99)
        : null;
}
