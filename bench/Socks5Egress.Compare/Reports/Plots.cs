using ScottPlot;
using ScottPlot.TickGenerators;
using Socks5Egress.Compare.Proxies;

namespace Socks5Egress.Compare.Reports;

/// <summary>Grouped bars: a group for each scenario, a colour for each proxy.</summary>
internal sealed class Plots(Medians medians, IReadOnlyList<ProxyKind> kinds)
{
    private const int Width = 1200;
    private const int PanelHeight = 420;
    private const double GroupWidth = 0.86;

    private static readonly string[] Palette =
        ["#9e9e9e", "#f5a66b", "#d95f02", "#000000", "#08519c", "#6baed6", "#238b45", "#7570b3", "#c2a5cf", "#bdb76b"];

    /// <summary>Draws those whose scenarios were measured.</summary>
    /// <returns>The names of the files.</returns>
    public IEnumerable<string> Save(string folder)
    {
        string[] bulk = ["bulk-1-down", "bulk-1-up", "bulk-8-down", "bulk-8-up", "bulk-64-down", "bulk-64-up"];
        string[] replies = ["reply-1", "reply-16", "reply-128"];
        string[] connects = ["connect-1", "connect-32"];
        return new (string Name, Plot?[] Panels)[]
        {
            ("throughput", [
                Panel("Bulk", "GiB/s", Metric.Throughput, bulk),
                Panel("64 B request and reply", "requests/s", Metric.Rate, replies),
                Panel("Connect, handshake, echo, close", "connections/s", Metric.Rate, connects)]),
            ("latency", [
                Panel("64 B request and reply, median", "µs", Metric.P50, [.. replies, "reply-1-pinned"]),
                Panel("64 B, 99th percentile; open-loop: 10,000 a second, timed from when each was due", "µs", Metric.P99, [.. replies, "open-loop"]),
                Panel("Connect, handshake, echo, close, median", "µs", Metric.P50, connects)]),
            ("cpu", [
                Panel("Bulk", "proxy CPU, s/GiB", Metric.BulkCpu, bulk),
                Panel("64 B request and reply", "proxy CPU, µs a request", Metric.UnitCpu, [.. replies, "open-loop"]),
                Panel("Connect, handshake, echo, close", "proxy CPU, µs a connection", Metric.UnitCpu, connects)]),
            ("memory", [
                Panel("Idle sessions (bars cut at 64)", "KiB a session (PSS)", Metric.PerSession, ["idle-1000", "idle-9500"], most: 64),
                Panel("At rest", "MiB (RSS)", Metric.RestRss, ["start"])]),
        }.Select(picture => Save(folder, picture.Name, [.. picture.Panels.OfType<Plot>()])).OfType<string>();
    }

    private static string? Save(string folder, string name, Plot[] panels)
    {
        if (panels.Length == 0) return null;
        Multiplot picture = new();
        picture.RemovePlot(picture.GetPlot(0));
        foreach (Plot panel in panels) picture.AddPlot(panel);
        picture.SavePng(Path.Combine(folder, $"{name}.png"), Width, PanelHeight * panels.Length);
        return $"{name}.png";
    }

    /// <summary>One panel, or null when none of it was measured. Bars above <paramref name="most"/> are cut there, with their value on top.</summary>
    private Plot? Panel(string title, string axis, Metric metric, string[] scenarios, double most = double.MaxValue)
    {
        scenarios = [.. scenarios.Where(scenario => kinds.Any(kind => medians.Of(metric, scenario, kind.Name) is not null))];
        ProxyKind[] shown = [.. kinds.Where(kind => scenarios.Any(scenario => medians.Of(metric, scenario, kind.Name) is not null))];
        if (scenarios.Length == 0) return null;

        Plot plot = new();
        double width = GroupWidth / shown.Length;
        bool crowded = scenarios.Length > 1;
        foreach (ProxyKind kind in shown)
        {
            int place = Array.IndexOf(shown, kind);
            List<Bar> bars = [];
            for (int group = 0; group < scenarios.Length; group++)
            {
                if (medians.Of(metric, scenarios[group], kind.Name) is not { } value) continue;
                bars.Add(new Bar
                {
                    Position = group + ((place - ((shown.Length - 1) / 2.0)) * width),
                    Value = Math.Min(value, most),
                    Size = width * 0.92,
                    FillColor = Color.FromHex(Palette[Colour(kind) % Palette.Length]),
                    LineWidth = 0,
                    Label = metric.Write(value),
                    LabelOffset = crowded ? 8 + (3 * metric.Write(value).Length) : 4,
                });
            }
            var added = plot.Add.Bars(bars);
            added.LegendText = kind.Title.Replace("`", "", StringComparison.Ordinal);
            added.ValueLabelStyle.FontSize = 9;
            added.ValueLabelStyle.Rotation = crowded ? -90 : 0;
            added.ValueLabelStyle.Alignment = crowded ? Alignment.MiddleLeft : Alignment.LowerCenter;
        }

        plot.Title(title, 15);
        plot.YLabel(axis);
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. scenarios.Select((_, group) => (double)group)], scenarios);
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Axes.Margins(bottom: 0, top: 0.22);
        plot.ShowLegend(Edge.Right);
        return plot;
    }

    private int Colour(ProxyKind kind) => kinds.ToList().IndexOf(kind);
}
