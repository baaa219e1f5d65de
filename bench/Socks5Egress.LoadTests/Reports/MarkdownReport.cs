using System.Globalization;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>The report as Markdown, and the same table on the terminal.</summary>
internal static class MarkdownReport
{
    /// <summary>The table: a row a scenario.</summary>
    public static string Table(LoadRun run)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine("| scenario | ok | failed | a second | MiB/s | p50 ms | p95 ms | p99 ms | worst ms | gateway CPU | generator CPU | gateway MiB | what limits it |");
        text.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|");
        foreach (var stats in run.Scenarios)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {stats.Name} | {stats.OkCount} | {stats.FailCount} | {stats.PerSecond:0} | {stats.MiBPerSecond:0.0} | {stats.Percent50:0.00} | {stats.Percent95:0.00} | {stats.Percent99:0.00} | {stats.Worst:0.0} | {stats.Cost?.Gateway:0.00} | {stats.Cost?.Generator:0.00} | {stats.Cost?.GatewayMiB:0} | {run.LimitOf(stats)} |"));
        }
        return text.ToString();
    }

    public static string Of(LoadRun run, IEnumerable<string> plots)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine($"# Load, {run.Date:yyyy-MM-dd HH:mm} UTC\n");
        text.WriteLine($"{run.Machine}. {run.Version}, commit {run.Commit}. Runner: {run.Runner}.");
        text.WriteLine($"Gateway, generator and targets share the cores. {Clock(run)} CPU in cores; the plots run from the moment at which an iteration began.\n");
        text.Write(Table(run));
        foreach (var stats in run.Scenarios)
        {
            text.WriteLine($"\n**{stats.Name}**: {stats.Summary}. {stats.Profile}.");
            text.WriteLine($"Statuses: {Counts(stats.Statuses)}. The gateway's `end` of sessions: {(stats.Ends.Count > 0 ? Counts(stats.Ends) : "none ended")}.");
            foreach (var (name, value) in stats.Notes) text.WriteLine($"{name}: {value}.");
        }
        text.WriteLine(run.Trouble.Count == 0 ? "\nEvery limit was kept." : "\n## Limits crossed\n");
        foreach (var trouble in run.Trouble) text.WriteLine("- " + trouble);
        foreach (var plot in plots) text.WriteLine($"\n![{Path.GetFileNameWithoutExtension(plot)}]({plot})");
        return text.ToString();
    }

    /// <summary>NBomber times what it injects from its actual beginning, our runner from when it was due.</summary>
    private static string Clock(LoadRun run) => run.Runner == LoadRun.BuiltIn
        ? "Latencies run from the moment at which an iteration was due."
        : "Latencies run from the moment at which an iteration began: a stall does not count for what it delayed.";

    private static string Counts(SortedDictionary<string, long> counts) => string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"));
}
