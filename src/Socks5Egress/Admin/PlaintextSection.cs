namespace Socks5Egress.Admin;

/// <summary>Who was spoken to in clear; nothing where nobody was, or no first flight is read.</summary>
internal static class PlaintextSection
{
    public static Html Write(GatewayStatus view)
    {
        var html = new Html();
        var plaintext = view.Meters.Plaintext;
        var targets = plaintext.Targets.ToList();
        if (targets.Count == 0) return html;
        html.Add($"""
            <section class="card" id="plaintext"><h2>In clear</h2><p class="none">{plaintext.Reported} passed and were reported, {plaintext.Refused} were refused.</p>
            <div class="wide" role="region" aria-label="In clear" tabindex="0"><table><thead><tr><th scope="col">Target</th><th scope="col">Protocol</th>
            <th scope="col">User</th><th scope="col">Times</th></tr></thead><tbody>
            """);
        foreach (var (target, count) in targets)
        {
            html.Add($"""
                <tr data-key="{target.Target}={target.Protocol}={target.User}"><td class="target">{target.Target}</td><td>{target.Protocol}</td><td>{target.User ?? "–"}</td><td class="number">{count}</td></tr>
                """);
        }
        return html.Add($"</tbody></table></div></section>");
    }
}
