using System.Globalization;

namespace Socks5Egress.Diagnostics;

/// <summary>One target as a person reads it: a row a step, a column a way, and a sentence for each way below.</summary>
internal static class CheckText
{
    private const int NameWidth = 10;
    private static readonly string[] Order = ["name", "gateway", "secure", "login", "connect", "hello", "tls", "session", "egress"];

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
            output.WriteLine($"  {PathResult.Title(way.Via)}: {way.Fault ?? Good(way)}");
        output.WriteLine();
    }

    private static string Good(PathResult way) => (way.LoginUntested is { } missing ? $"reachable; login not tested ({missing})" : "works")
        + (way.Egress is null ? "." : $"; the connection comes from {way.Egress}.");

    /// <summary>From where each way leaves; the same for every target.</summary>
    public static void WriteIdentity(TextWriter output, CheckedTarget any)
    {
        foreach (var way in any.Ways.Where(way => way.Identity is not null))
        {
            output.WriteLine(way.Via is null ? "Egress from here" : "Egress through " + way.Via);
            foreach (var family in way.Identity!)
            {
                output.WriteLine($"  {family.Family}: {Verdict(family)}");
                foreach (var line in family.AllowList) output.WriteLine($"    allow-list   {line}");
                foreach (var line in family.PgHba) output.WriteLine($"    pg_hba.conf  {line}");
            }

            output.WriteLine();
        }
    }

    private static string Verdict(ObservedEgress family)
    {
        var expected = string.Join(" or ", family.Expected);
        return family switch
        {
            { Right: true } => $"leaves from {family.Seen}, as expected.",
            { Seen: null, Expected.Count: > 0 } => $"expected {expected}; {family.Fault ?? "not seen, as no two probes told the same address."}",
            { Seen: null } => "not seen: no two probes told the same address.",
            { Fault: { } fault } => $"expected {expected}; {fault}",
            _ => $"leaves from {family.Seen}.",
        };
    }

    private static List<string> Column(PathResult way) =>
        [PathResult.Title(way.Via), .. Order.Select(name => string.Join("; ", way.Steps.Where(step => step.Name == name)
            .Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.Text}  {step.Milliseconds:0.0} ms"))))];
}
