using System.Globalization;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;

namespace Socks5Egress.Admin;

/// <summary>What was refused or failed lately, and why.</summary>
internal static class MishapSection
{
    public static Html Write(RecentActivity history, TimeProvider time)
    {
        var mishaps = history.Mishaps;
        var html = new Html().Add($"<section class=\"card\" id=\"refusals\"><h2>Refused and failed lately</h2>");
        if (mishaps.Count == 0) return html.Add($"<p class=\"none\">Nothing was refused and nothing has failed.</p></section>");
        html.Add($"""
            <div class="wide" role="region" aria-label="Refused and failed" tabindex="0"><table><thead><tr><th scope="col">Target</th><th scope="col">Reason</th><th scope="col">Times</th><th scope="col">Last</th>
            <th scope="col">User</th><th scope="col">Last client</th><th scope="col">Rule</th><th scope="col">What it means</th></tr></thead><tbody>
            """);
        foreach (var mishap in mishaps)
        {
            html.Add($"""
                <tr data-key="{mishap.End.ToKebab()} {mishap.Target} {mishap.User} {mishap.Rule}"><td class="target">{mishap.Target ?? "–"}</td><td><span class="end">{mishap.End.ToKebab()}</span></td><td class="number">{mishap.Count}</td>
                <td class="number">{HumanReadable.Time(time.GetUtcNow() - mishap.Time)} ago <time datetime="{Iso(mishap.Time)}">{Clock(mishap.Time)}</time></td><td>{mishap.User ?? "–"}</td><td>{mishap.Client}</td>
                <td>{mishap.Rule ?? "–"}</td><td class="hint">{mishap.Hint}</td></tr>
                """);
        }
        return html.Add($"</tbody></table></div></section>");
    }

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>For the report of the next morning: when it was, not how long ago.</summary>
    private static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";
}
