using System.Globalization;

namespace Socks5Egress.Checking;

/// <summary>One target as a person reads it: a row a step, a column a way, and a sentence for each way below.</summary>
internal static class CheckText
{
    private const int NameWidth = 10;
    private static readonly string[] Order = ["name", "gateway", "login", "connect", "hello", "tls", "session", "egress"];

    public static void Write(TextWriter output, CheckedTarget target)
    {
        output.WriteLine($"{target.Target} ({target.Protocol.ToString().ToLowerInvariant()})");
        var columns = target.Ways.Select(way => Column(way)).ToList();
        var widths = columns.Select(column => column.Max(cell => cell.Length) + 2).ToList();
        for (var row = 0; row < columns[0].Count; row++)
        {
            if (columns.All(column => column[row].Length == 0)) continue;
            var name = row == 0 ? "" : Order[row - 1];
            output.WriteLine(("  " + name.PadRight(NameWidth) + string.Concat(columns.Select((column, at) => column[row].PadRight(widths[at])))).TrimEnd());
        }

        foreach (var way in target.Ways)
            output.WriteLine($"  {CheckedWay.Title(way.Via)}: {way.Fault ?? (way.Egress is null ? "works." : $"works; the connection comes from {way.Egress}.")}");
        output.WriteLine();
    }

    private static List<string> Column(CheckedWay way) =>
        [CheckedWay.Title(way.Via), .. Order.Select(name => string.Join("; ", way.Steps.Where(step => step.Name == name)
            .Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.Text}  {step.Milliseconds:0.0} ms"))))];
}
