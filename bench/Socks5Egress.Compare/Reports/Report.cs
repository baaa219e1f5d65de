using System.Globalization;
using Socks5Egress.Compare.Load;
using Socks5Egress.Compare.Proxies;
using Socks5Egress.Compare.Runs;

namespace Socks5Egress.Compare.Reports;

/// <summary>The folder of a run: raw figures, tables and plots.</summary>
internal static class Report
{
    public const string Json = "results.json";

    private const string Markdown = "README.md";

    public static void Write(Comparison comparison, string folder)
    {
        IReadOnlyList<ProxyKind> kinds = ProxyKind.All("");
        Medians medians = new(comparison);
        Tables tables = new(medians, kinds);
        Plots plots = new(medians, kinds);

        using StreamWriter file = new(Path.Combine(folder, Markdown));
        file.NewLine = "\n";
        WriteHead(file, comparison);
        tables.WriteBars(file, new Bars(medians, kinds));
        tables.WriteAll(file);
        foreach (string picture in plots.Save(folder))
            file.WriteLine($"\n![{Path.GetFileNameWithoutExtension(picture)}]({picture})");
        WriteTrouble(file, comparison);
    }

    private static void WriteHead(StreamWriter file, Comparison run)
    {
        file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# Side by side, {run.Date:yyyy-MM-dd HH:mm} UTC\n"));
        file.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"One interleaved run: {run.Rounds} rounds, {run.Seconds} s a sample, {run.TookSeconds / 60:0} minutes. Commit {run.Commit}."));
        Machine machine = run.Machine;
        file.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{machine.Processor}, {machine.Cores} cores, {machine.MemoryGiB} GiB; {machine.System}, kernel {machine.Kernel}; {machine.Runtime}."));
        file.WriteLine(string.Join(", ", machine.Versions.Select(version => $"{version.Key} {version.Value}")) + ".\n");
        file.WriteLine("Medians of the rounds. In brackets, on our rows: the ratio to the best peer of the column, direct not counted.");
        file.WriteLine("† the client or the target used 95 % of a core or more: there the generator may be the limit, not the proxy.");
        file.WriteLine("Client, target and proxy share the cores; all bytes were compared. Forwarders (HAProxy, nginx, socat) have no handshake to do.");
        if (run.LeftOut.Count > 0) file.WriteLine();
        foreach ((string proxy, string why) in run.LeftOut) file.WriteLine($"Left out: {proxy}: {why}");
    }

    private static void WriteTrouble(StreamWriter file, Comparison run)
    {
        var trouble = run.Samples.Where(sample => sample.Errors > 0 || sample.Mismatches > 0 || sample.Note is not null).ToList();
        if (trouble.Count == 0) return;
        file.WriteLine("\n## What went wrong\n\nSamples with errors are not in the medians.\n");
        file.WriteLine("| round | scenario | proxy | errors | mismatches | first |\n|---|---|---|---:|---:|---|");
        foreach (var sample in trouble)
            file.WriteLine($"| {sample.Round} | {sample.Scenario} | {sample.Proxy} | {sample.Errors} | {sample.Mismatches} | {sample.Note} |");
    }
}
