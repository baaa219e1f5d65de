using Socks5Egress.Accounting;

namespace Socks5Egress.Admin;

/// <summary>What was refused or failed lately, and why.</summary>
internal static class MishapSection
{
    public static Html Write(History history, TimeProvider time)
    {
        var mishaps = history.Mishaps;
        var html = new Html().Add($"<section class=\"card\" id=\"refusals\"><h2>Refused and failed lately</h2>");
        if (mishaps.Count == 0) return html.Add($"<p class=\"none\">Nothing was refused and nothing has failed.</p></section>");
        html.Add($"""
            <div class="wide" role="region" aria-label="Refused and failed" tabindex="0"><table><thead><tr><th scope="col">When</th><th scope="col">User</th><th scope="col">Client</th>
            <th scope="col">Target</th><th scope="col">Reason</th><th scope="col">Rule</th><th scope="col">What it means</th></tr></thead><tbody>
            """);
        foreach (var mishap in mishaps)
        {
            html.Add($"""
                <tr data-key="{mishap.Time.ToUnixTimeMilliseconds()}-{mishap.Client}"><td class="number">{Amount.Time(time.GetUtcNow() - mishap.Time)} ago</td><td>{mishap.User ?? "–"}</td><td>{mishap.Client}</td>
                <td class="target">{mishap.Target ?? "–"}</td><td><span class="end">{mishap.End.ToKebab()}</span></td><td>{mishap.Rule ?? "–"}</td><td class="hint">{mishap.Hint}</td></tr>
                """);
        }
        return html.Add($"</tbody></table></div></section>");
    }
}
