using System.Globalization;
using Socks5Egress.Compare.Load;
using Socks5Egress.Compare.Runs;

namespace Socks5Egress.Compare.Reports;

/// <summary>One figure of a sample.</summary>
/// <param name="Name">With its unit, as a column or an axis is called.</param>
/// <param name="Format">How it is written.</param>
/// <param name="Read">Takes it from a sample; null when the sample has none.</param>
/// <param name="MoreIsBetter">For the ratio to the best peer.</param>
internal sealed record Metric(string Name, string Format, Func<Sample, double?> Read, bool MoreIsBetter = false)
{
    private const double Gibibyte = 1L << 30;
    private const double KibibytesPerMebibyte = 1024;

    public static readonly Metric Throughput = new("GiB/s", "0.00", sample => sample.Work is { } work ? work.Units / Gibibyte / work.Seconds : null, true);
    public static readonly Metric BulkCpu = new("proxy CPU s/GiB", "0.00", sample => sample.Work is { } work ? work.ProxyCpu / (work.Units / Gibibyte) : null);
    public static readonly Metric Rate = new("per second", "#,0", sample => sample.Work is { } work ? work.Units / work.Seconds : null, true);
    public static readonly Metric UnitCpu = new("proxy CPU µs each", "0.0", sample => CpuEach(sample.Work));
    public static readonly Metric P50 = new("p50 µs", "#,0", sample => sample.Work?.Latency?.P50);
    public static readonly Metric P99 = new("p99 µs", "#,0", sample => sample.Work?.Latency?.P99);
    public static readonly Metric P999 = new("p99.9 µs", "#,0", sample => sample.Work?.Latency?.P999);
    public static readonly Metric Worst = new("max µs", "#,0", sample => sample.Work?.Latency?.Max);

    public static readonly Metric PerSession = new("KiB a session", "0.00",
        sample => sample.Held is { Sessions: > 0 } held ? (held.During.Pss - held.Before.Pss) * KibibytesPerMebibyte / held.Sessions : null);

    public static readonly Metric Before = new("MiB before", "0.0", sample => sample.Held?.Before.Pss);
    public static readonly Metric During = new("MiB during", "0.0", sample => sample.Held?.During.Pss);
    public static readonly Metric After = new("MiB after", "0.0", sample => sample.Held?.After.Pss);
    public static readonly Metric Growth = new("after / before", "0.00", sample => sample.Held is { } held ? held.After.Pss / held.Before.Pss : null);
    public static readonly Metric Settled = new("settled in s", "0.0", sample => sample.Held?.SettledIn);
    public static readonly Metric Opened = new("opened in s", "0.0", sample => sample.Held?.OpenedIn);

    public static readonly Metric BesideIdle = new("CPU µs, 9,372 idle beside", "0.0", sample => sample.Alone is null ? null : CpuEach(sample.Work));
    public static readonly Metric Alone = new("CPU µs, alone", "0.0", sample => CpuEach(sample.Alone));
    public static readonly Metric WorkGrowth = new("ratio", "0.00", sample => CpuEach(sample.Work) / CpuEach(sample.Alone));

    public static readonly Metric Ready = new("ready in ms", "0", sample => sample.Start?.ReadyIn);
    public static readonly Metric RestRss = new("RSS MiB", "0.0", sample => sample.Start?.Rest.Rss);
    public static readonly Metric RestPss = new("PSS MiB", "0.0", sample => sample.Start?.Rest.Pss);

    public static readonly Metric ClientShare = new("client's share of a core", "0 %", sample => sample.Work is { } work ? work.ClientCpu / work.Seconds : null);
    public static readonly Metric TargetShare = new("target's share of a core", "0 %", sample => sample.Work is { } work ? work.TargetCpu / work.Seconds : null);

    public string Write(double? value) => value is { } number && double.IsFinite(number) ? number.ToString(Format, CultureInfo.InvariantCulture) : "–";

    private static double? CpuEach(Work? work) => work is { Units: > 0 } ? work.ProxyCpu * 1e6 / work.Units : null;
}

/// <summary>Medians over the rounds of a run.</summary>
internal sealed class Medians(Comparison comparison)
{
    private readonly ILookup<(string, string), Sample> _samples = comparison.Samples.ToLookup(sample => (sample.Scenario, sample.Proxy));

    public double? Of(Metric metric, string scenario, string proxy) => Of(Values(metric, scenario, proxy));

    /// <summary>The median of figures in ascending order; null without any.</summary>
    public static double? Of(double[] values) => values.Length == 0 ? null : (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;

    /// <summary>The lowest and the highest of the rounds.</summary>
    public (double Low, double High)? Spread(Metric metric, string scenario, string proxy) =>
        Values(metric, scenario, proxy) is [var low, .., var high] ? (low, high) : null;

    /// <summary>The best median among these proxies.</summary>
    public double? Best(Metric metric, string scenario, IEnumerable<string> proxies)
    {
        IEnumerable<double> values = proxies.Select(proxy => Of(metric, scenario, proxy)).OfType<double>();
        return !values.Any() ? null : metric.MoreIsBetter ? values.Max() : values.Min();
    }

    public bool Measured(string scenario, string proxy) => _samples.Contains((scenario, proxy));

    private double[] Values(Metric metric, string scenario, string proxy) =>
        [.. _samples[(scenario, proxy)].Where(sample => sample.Errors == 0).Select(metric.Read).OfType<double>().Where(double.IsFinite).Order()];
}
