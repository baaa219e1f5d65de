using System.Net;
using System.Text;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>One page without outside resources: the table and the plots.</summary>
internal static class HtmlReport
{
    public static string Of(LoadRun run, IEnumerable<string> plots)
    {
        var rows = MarkdownReport.Table(run).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var page = new StringBuilder("""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Socks5Egress under load</title>
            <style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui;margin:2rem;max-width:80rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
            td,th{padding:.3rem .7rem;border-bottom:1px solid #8886;text-align:right}td:first-child,td:last-child{text-align:left}img{max-width:100%}</style></head><body>
            """);
        page.Append($"<h1>Load, {run.Date:yyyy-MM-dd HH:mm} UTC</h1><p>{Text(run.Machine)}. {Text(run.Version)}, commit {Text(run.Commit)}. Runner: {Text(run.Runner)}.</p><table>");
        foreach (var (row, index) in rows.Select((row, index) => (row, index)).Where(pair => pair.index != 1))
        {
            var tag = index == 0 ? "th" : "td";
            page.Append("<tr>").AppendJoin("", row.Trim('|').Split('|').Select(cell => $"<{tag}>{Text(cell.Trim())}</{tag}>")).Append("</tr>");
        }
        page.Append("</table>");
        foreach (var trouble in run.Trouble) page.Append($"<p>Limit crossed: {Text(trouble)}</p>");
        foreach (var plot in plots) page.Append($"<p><img src=\"{Text(plot)}\" alt=\"{Text(Path.GetFileNameWithoutExtension(plot))}\"></p>");
        return page.Append("</body></html>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
