using System.Globalization;
using System.Text;
using Socks5Egress.Gateway.Accounting;

namespace Socks5Egress.Admin;

/// <summary>A chart of the last ten minutes as SVG, drawn here so that it is there without script too. Two series at most, on one scale.</summary>
internal static class Chart
{
    private const int Width = 600, Height = 120;

    /// <param name="title">What a screen reader says.</param>
    /// <param name="points">The oldest first.</param>
    /// <param name="first">The filled series; NaN is a gap.</param>
    /// <param name="second">The line.</param>
    /// <param name="label">Names a value of the scale.</param>
    public static Html Draw(string title, IReadOnlyList<TrafficSample> points, Func<TrafficSample, double> first, Func<TrafficSample, double> second, Func<double, string> label)
    {
        var top = Ceiling(Usual([.. points.SelectMany(point => new[] { first(point), second(point) }).Where(double.IsFinite).Order()]));
        var html = new Html();
        html.Add($"""
            <svg class="chart" viewBox="0 0 {Width} {Height + 18}" preserveAspectRatio="none" role="img" aria-label="{title}">
            <g class="grid"><line x1="0" x2="{Width}" y1="0.5" y2="0.5"/><line x1="0" x2="{Width}" y1="{Height / 2}" y2="{Height / 2}"/><line x1="0" x2="{Width}" y1="{Height}" y2="{Height}"/></g>
            <path class="one area" d="{Area(points, first, top)}"/><path class="one line" d="{Line(points, first, top)}"/><path class="two line" d="{Line(points, second, top)}"/>
            <path class="one dot" d="{Dots(points, first, top)}"/><path class="two dot" d="{Dots(points, second, top)}"/>
            </svg><div class="scale" aria-hidden="true"><span>{label(top)}</span><span>{label(top / 2)}</span><span>0</span></div>
            <div class="times" aria-hidden="true"><span>10 min ago</span><span>5 min</span><span>now</span></div>
            """);
        return html;
    }

    /// <summary>The largest value, unless it is a spike: one that stands far above nearly all others goes out at the top, so that those can be read.</summary>
    private static double Usual(double[] sorted)
    {
        const int FarAbove = 5;
        if (sorted.Length == 0) return 0;
        var nearlyAll = sorted[(int)((sorted.Length - 1) * .97)];
        return nearlyAll > 0 && sorted[^1] > FarAbove * nearlyAll ? 2 * nearlyAll : sorted[^1];
    }

    /// <summary>The next 1, 2 or 5 times a power of ten: a scale that does not jump every second.</summary>
    private static double Ceiling(double most)
    {
        if (most <= 0) return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return (most / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }

    private static string Line(IReadOnlyList<TrafficSample> points, Func<TrafficSample, double> value, double top)
    {
        var path = new StringBuilder();
        var pen = 'M';
        for (var i = 0; i < points.Count; i++)
        {
            var y = value(points[i]);
            if (!double.IsFinite(y))
            {
                pen = 'M';
                continue;
            }
            path.Append(pen).Append(Width - points.Count + i + 1).Append(' ').Append(Text(y, top));
            pen = 'L';
        }
        return path.ToString();
    }

    /// <summary>Points with no neighbor, which a line does not show, and spikes where they leave the chart.</summary>
    private static string Dots(IReadOnlyList<TrafficSample> points, Func<TrafficSample, double> value, double top)
    {
        var path = new StringBuilder();
        for (var i = 0; i < points.Count; i++)
        {
            var y = value(points[i]);
            var alone = (i == 0 || !double.IsFinite(value(points[i - 1]))) && (i == points.Count - 1 || !double.IsFinite(value(points[i + 1])));
            if (double.IsFinite(y) && (alone || y > top)) path.Append('M').Append(Width - points.Count + i + 1).Append(' ').Append(Text(y, top)).Append("h.01");
        }

        return path.ToString();
    }

    private static string Area(IReadOnlyList<TrafficSample> points, Func<TrafficSample, double> value, double top)
    {
        if (points.Count < 2) return "";
        var path = new StringBuilder().Append('M').Append(Width - points.Count + 1).Append(' ').Append(Height);
        for (var i = 0; i < points.Count; i++)
            path.Append('L').Append(Width - points.Count + i + 1).Append(' ').Append(Text(double.IsFinite(value(points[i])) ? value(points[i]) : 0, top));
        return path.Append('L').Append(Width).Append(' ').Append(Height).Append('Z').ToString();
    }

    private static string Text(double value, double top) => (Height - (Height * Math.Min(value / top, 1))).ToString("0.#", CultureInfo.InvariantCulture);
}
