using Socks5Egress.Gateway.Accounting;

namespace Socks5Egress.Admin;

/// <summary>The two charts, each with its last value in words.</summary>
internal static class ChartSection
{
    public static Html Throughput(IReadOnlyList<TrafficSample> points)
    {
        var chart = Chart.Draw("Bytes a second over the last ten minutes", points, point => point.Down, point => point.Up, top => HumanReadable.Bytes(top) + "/s");
        var last = points.Count > 0 ? points[^1] : default;
        return Frame("Throughput", chart, "down " + HumanReadable.Bytes(last.Down) + "/s", "up " + HumanReadable.Bytes(last.Up) + "/s");
    }

    public static Html Connects(IReadOnlyList<TrafficSample> points)
    {
        var chart = Chart.Draw("Connect times over the last ten minutes", points, point => point.Typical, point => point.Slow, top => HumanReadable.Milliseconds(top));
        var last = points.LastOrDefault(point => point.Connects > 0, new TrafficSample(0, 0, 0, double.NaN, double.NaN));
        return Frame("Connect time", chart, "median " + HumanReadable.Milliseconds(last.Typical), "p95 " + HumanReadable.Milliseconds(last.Slow));
    }

    private static Html Frame(string title, Html chart, string first, string second) => new Html().Add($"""
        <section class="card"><h2>{title}</h2><p class="legend"><span class="one">{first}</span> <span class="two">{second}</span></p>
        <div class="plot">{chart}</div></section>
        """);
}
