using System.Globalization;
using System.Text.Json;
using Socks5Egress.Compare.Reports;
using Socks5Egress.Compare.Runs;

namespace Socks5Egress.Compare.Watching;

/// <summary>The folder of a run of <c>watch</c>: figures and a page.</summary>
internal static class WatchReport
{
    public static void Write(WatchComparison run, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Report.Json), JsonSerializer.Serialize(run, ResultsJson.Default.WatchComparison) + "\n");
        File.WriteAllText(Path.Combine(folder, "README.md"), Page(run));
    }

    private static string Page(WatchComparison run)
    {
        using StringWriter page = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Machine machine = run.Machine;
        string verdict = run.MedianRatio <= WatchComparison.Bar ? "within" : "over";
        page.WriteLine(Text($"# What watching costs, {run.Date:yyyy-MM-dd HH:mm} UTC\n"));
        page.WriteLine(Text($"The status page open (its event stream read) and `/metrics` scraped every second, against nobody watching: {run.Connections} connections with one 64 B request in flight each,"));
        page.WriteLine(Text($"{run.Pairs.Count} interleaved pairs of {run.Seconds} s on freshly started gateways of one build, transport {run.Transport}. Commit {run.Commit}."));
        page.WriteLine(Text($"{machine.Processor}, {machine.Cores} cores, {machine.MemoryGiB} GiB; {machine.System}, kernel {machine.Kernel}.\n"));
        page.WriteLine(Text($"**Median ratio in CPU a request: {run.MedianRatio:0.000}**, {verdict} the bar of {WatchComparison.Bar:0.00}; medians {run.MedianAlone:0.00} µs alone and {run.MedianWatched:0.00} µs watched.\n"));
        page.WriteLine("| pair | CPU µs a request, alone | watched | ratio | requests/s, alone | watched | p99 µs, alone | watched | page KiB/s | scrapes |");
        page.WriteLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (WatchPair pair in run.Pairs)
        {
            (WatchWork alone, WatchWork watched) = (pair.Alone, pair.Watched);
            page.WriteLine(Text($"| {pair.Round} | {alone.CpuEach:0.00} | {watched.CpuEach:0.00} | {pair.Ratio:0.000} | {alone.Requests / alone.Seconds:#,0} | {watched.Requests / watched.Seconds:#,0} | {alone.P99:#,0} | {watched.P99:#,0} | {pair.PageBytes / 1024.0 / watched.Seconds:0.0} | {pair.Scrapes} |"));
        }
        return page.ToString();

        static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
