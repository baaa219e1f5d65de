namespace Socks5Egress.Admin;

/// <summary>Where most of it goes.</summary>
internal static class TargetSection
{
    private const int MaxRows = 10;

    public static Html Write(GatewayStatus view)
    {
        var html = new Html().Add($"<section class=\"card\" id=\"targets\"><h2>Busiest targets</h2>");
        var targets = TargetReport.Busiest(view.Sessions.All).Take(MaxRows).ToList();
        if (targets.Count == 0) return html.Add($"<p class=\"none\">No session is open.</p></section>");
        html.Add($"<div class=\"wide\" role=\"region\" aria-label=\"Busiest targets\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Target</th><th scope=\"col\">Open</th><th scope=\"col\">Up</th><th scope=\"col\">Down</th><th scope=\"col\">End</th></tr></thead><tbody>");
        foreach (var target in targets)
        {
            html.Add($"""
                <tr data-key="{target.Target}"><td class="target">{target.Target}</td><td class="number">{target.Sessions}</td><td class="number">{HumanReadable.Bytes(target.BytesUp)}</td><td class="number">{HumanReadable.Bytes(target.BytesDown)}</td>
                <td><form method="post" action="/retire?target={Uri.EscapeDataString(target.Target)}"><button title="Let these sessions end at their next quiet moment">Retire</button></form></td></tr>
                """);
        }

        return html.Add($"</tbody></table></div></section>");
    }
}
