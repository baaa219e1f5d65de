using ScottPlot;
using Socks5Egress.LoadTests.Running;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>What happened second by second.</summary>
internal static class Plots
{
    private const int Width = 1100;
    private const int PanelHeight = 260;

    /// <summary>One picture: a row of two panels for each scenario, below one another.</summary>
    /// <returns>The name of the file.</returns>
    public static string Save(IReadOnlyList<ScenarioFigures> all, string folder)
    {
        Multiplot picture = new();
        picture.RemovePlot(picture.GetPlot(0));
        foreach (var stats in all)
        {
            picture.AddPlot(Panel(stats, "done a second", (window => window.Count, "iterations", "#08519c")));
            picture.AddPlot(Panel(stats, "milliseconds", (window => window.Percent50, "p50", "#238b45"), (window => window.Percent99, "p99", "#d95f02")));
        }
        picture.Layout = new ScottPlot.MultiplotLayouts.Grid(all.Count, 2);
        picture.SavePng(Path.Combine(folder, "load.png"), Width, PanelHeight * all.Count);
        return "load.png";
    }

    private static Plot Panel(ScenarioFigures stats, string axis, params (Func<WindowFigures, double> Value, string Name, string Colour)[] lines)
    {
        Plot plot = new();
        foreach (var (value, name, colour) in lines)
        {
            var line = plot.Add.Signal(stats.Windows.Select(value).ToArray());
            (line.LegendText, line.Color, line.LineWidth) = (name, Color.FromHex(colour), 2);
        }
        plot.Title(stats.Name, 14);
        plot.YLabel(axis);
        plot.Axes.SetLimitsY(0, Math.Max(1e-3, lines.Max(line => stats.Windows.Select(line.Value).DefaultIfEmpty(1).Max()) * 1.15));
        if (lines.Length > 1) plot.ShowLegend();
        return plot;
    }
}
