using Socks5Egress.Compare.Proxies;

namespace Socks5Egress.Compare.Reports;

/// <summary>The Markdown tables: a row for each proxy.</summary>
internal sealed class Tables(Medians medians, IReadOnlyList<ProxyKind> kinds)
{
    private const double FullCore = 0.95;
    private static readonly string[] Bulk = ["bulk-1-down", "bulk-1-up", "bulk-8-down", "bulk-8-up", "bulk-64-down", "bulk-64-up"];
    private static readonly string[] TlsBulk = ["tls-bulk-1-down", "tls-bulk-1-up", "tls-bulk-8-down", "tls-bulk-8-up"];
    private static readonly string[] Replies = ["reply-1", "reply-16", "reply-128"];
    private static readonly string[] Connects = ["connect-1", "connect-32", "connect-32-pipelined"];

    /// <summary>The bars, passed or not, for each of our transports that was measured.</summary>
    public void WriteBars(TextWriter file, Bars bars)
    {
        string[] ours = [.. new[] { "epoll", "sockets" }.Where(name => medians.Measured("reply-16", name) || medians.Measured("start", name))];
        if (ours.Length > 0) WriteBars(file, "Bars", ours, [.. ours.Select(bars.Judge)]);
        string[] inTls = [.. new[] { "epoll-tls", "sockets-tls" }.Where(name => medians.Measured("tls-reply-16", name) || medians.Measured("tls-bulk-8-down", name))];
        if (inTls.Length > 0) WriteBars(file, "Bars, where TLS ends at the proxy", inTls, [.. inTls.Select(bars.JudgeTls)]);
    }

    private static void WriteBars(TextWriter file, string title, string[] ours, IReadOnlyList<BarResult>[] results)
    {
        file.WriteLine($"\n## {title}\n\n| work | bar | figure | limit here |{string.Concat(ours.Select(name => $" {name} |"))}");
        file.WriteLine($"|---|---|---|---:|{string.Concat(ours.Select(_ => "---:|"))}");
        for (int i = 0; i < results[0].Count; i++)
        {
            BarResult first = results[0][i];
            string cells = string.Concat(results.Select(all => $" {Verdict(all[i])} |"));
            file.WriteLine($"| {first.Work} | {first.Demand} | {first.Metric.Name} | {first.Metric.Write(first.Limit)} |{cells}");
        }
    }

    /// <summary>Every table whose scenarios were measured.</summary>
    public void WriteAll(TextWriter file)
    {
        WriteDistance(file);
        Write(file, "Bulk: throughput", [.. Bulk.Select(name => (name, Metric.Throughput))]);
        Write(file, "Bulk: cost", [.. Bulk.Select(name => (name, Metric.BulkCpu))]);
        Write(file, "64 B request and reply: throughput", [.. Replies.Select(name => (name, Metric.Rate))]);
        Write(file, "64 B request and reply: cost", [.. Replies.Select(name => (name, Metric.UnitCpu))]);
        Write(file, "64 B request and reply: latency",
            [.. Replies.Append("reply-1-pinned").SelectMany(name => new[] { (name, Metric.P50), (name, Metric.P99) })]);
        Write(file, "64 B at 10,000 a second on 64 connections, timed from when each was due",
            [.. new[] { Metric.P50, Metric.P99, Metric.P999, Metric.Worst, Metric.UnitCpu }.Select(metric => ("open-loop", metric))]);
        Write(file, "Connect, handshake, 64 B there and back, close",
            [.. Connects.SelectMany(name => new[] { (name, Metric.Rate), (name, Metric.UnitCpu), (name, Metric.P50), (name, Metric.P99) })]);
        foreach (string name in new[] { "idle-1000", "idle-9500" })
        {
            Write(file, $"Idle sessions: {name} (PSS of all processes)", [.. new[]
            {
                Metric.PerSession, Metric.Before, Metric.During, Metric.After, Metric.Settled, Metric.Opened,
            }.Select(metric => (name, metric))]);
        }
        Write(file, "Cost as work grows: 128 connections at work, 9,500 open or alone",
            [.. new[] { Metric.BesideIdle, Metric.Alone, Metric.WorkGrowth }.Select(metric => ("idle-9500", metric))]);
        Write(file, "TLS, bulk: throughput", [.. TlsBulk.Select(name => (name, Metric.Throughput))]);
        Write(file, "TLS, bulk: cost", [.. TlsBulk.Select(name => (name, Metric.BulkCpu))]);
        Write(file, "TLS, 64 B request and reply", [.. new[] { Metric.Rate, Metric.UnitCpu, Metric.P50, Metric.P99 }.Select(metric => ("tls-reply-16", metric))]);
        Write(file, "TLS, connect, resumed handshake, 64 B there and back, close",
            [.. new[] { Metric.Rate, Metric.UnitCpu, Metric.P50, Metric.P99 }.Select(metric => ("tls-connect-32", metric))]);
        Write(file, "TLS, idle sessions: tls-idle-1000 (PSS of all processes)",
            [.. new[] { Metric.PerSession, Metric.Before, Metric.During, Metric.After, Metric.Settled, Metric.Opened }.Select(metric => ("tls-idle-1000", metric))]);
        Write(file, "Start, and memory at rest",
            [.. new[] { Metric.Ready, Metric.RestRss, Metric.RestPss }.Select(metric => ("start", metric))]);
        Write(file, "How busy the generator was: client", [.. Load().Select(name => (name, Metric.ClientShare))], ratios: false);
        Write(file, "How busy the generator was: target", [.. Load().Select(name => (name, Metric.TargetShare))], ratios: false);
    }

    private static IEnumerable<string> Load() => [.. Bulk, .. Replies, .. Connects, .. TlsBulk, "tls-reply-16", "tls-connect-32"];

    /// <summary>How far ours is from the relay in C that does nothing else: below 1 in what should be much, above 1 in what should be little.</summary>
    private void WriteDistance(TextWriter file)
    {
        (string Scenario, Metric Metric)[] columns = [.. new[]
        {
            ("reply-16", Metric.Rate), ("reply-16", Metric.UnitCpu), ("reply-128", Metric.Rate), ("reply-128", Metric.UnitCpu),
            ("connect-32", Metric.Rate), ("connect-32", Metric.UnitCpu), ("bulk-1-down", Metric.Throughput), ("bulk-1-down", Metric.BulkCpu),
        }.Where(column => medians.Of(column.Item2, column.Item1, "limit") is not null)];
        if (columns.Length == 0) return;
        file.WriteLine($"\n## Ours / the limit\n\n| |{string.Concat(columns.Select(column => $" {column.Scenario}, {column.Metric.Name} |"))}");
        file.WriteLine($"|---|{string.Concat(columns.Select(_ => "---:|"))}");
        foreach (ProxyKind kind in kinds.Where(kind => kind is { Family: ProxyFamily.Ours, Tls: false, StartOnly: false }))
        {
            if (columns.All(column => medians.Of(column.Metric, column.Scenario, kind.Name) is null)) continue;
            string cells = string.Concat(columns.Select(column =>
                medians.Of(column.Metric, column.Scenario, kind.Name) / medians.Of(column.Metric, column.Scenario, "limit") is { } ratio ? $" {ratio:0.00} |" : " – |"));
            file.WriteLine($"| {kind.Title} |{cells}");
        }
    }

    private static string Verdict(BarResult result) => result.Passed switch
    {
        null => "–",
        true => $"{result.Metric.Write(result.Value)} ✓",
        false => $"**{result.Metric.Write(result.Value)} ✗**",
    };

    private void Write(TextWriter file, string title, (string Scenario, Metric Metric)[] columns, bool ratios = true)
    {
        columns = [.. columns.Where(column => kinds.Any(kind => medians.Of(column.Metric, column.Scenario, kind.Name) is not null))];
        if (columns.Length == 0) return;

        bool oneScenario = columns.Select(column => column.Scenario).Distinct().Count() == 1;
        bool oneMetric = columns.Select(column => column.Metric).Distinct().Count() == 1;
        string heads = string.Concat(columns.Select(column =>
            oneMetric ? $" {column.Scenario} |" : oneScenario ? $" {column.Metric.Name} |" : $" {column.Scenario}, {column.Metric.Name} |"));
        file.WriteLine($"\n## {title}{(oneMetric ? $", {columns[0].Metric.Name}" : "")}\n\n| |{heads}");
        file.WriteLine($"|---|{string.Concat(columns.Select(_ => "---:|"))}");
        foreach (ProxyKind kind in kinds)
        {
            if (columns.All(column => medians.Of(column.Metric, column.Scenario, kind.Name) is null)) continue;
            file.WriteLine($"| {kind.Title} |{string.Concat(columns.Select(column => $" {Cell(column, kind, ratios)} |"))}");
        }
    }

    private string Cell((string Scenario, Metric Metric) column, ProxyKind kind, bool ratios)
    {
        double? value = medians.Of(column.Metric, column.Scenario, kind.Name);
        string text = column.Metric.Write(value);
        if (ratios && column.Metric.MoreIsBetter && GeneratorWasBusy(column.Scenario, kind.Name)) text += " †";
        if (!ratios || kind.Family != ProxyFamily.Ours || value is null) return text;
        double? best = medians.Best(column.Metric, column.Scenario, kinds.Where(IsPeer).Select(peer => peer.Name));
        return best is > 0 ? $"{text} ({value / best:0.00})" : text;
    }

    private static bool IsPeer(ProxyKind kind) => kind.Family is ProxyFamily.Forwarder or ProxyFamily.Socks;

    private bool GeneratorWasBusy(string scenario, string proxy) =>
        medians.Of(Metric.ClientShare, scenario, proxy) >= FullCore || medians.Of(Metric.TargetShare, scenario, proxy) >= FullCore;
}
