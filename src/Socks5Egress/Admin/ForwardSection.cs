using Socks5Egress.Gateway.Commands.PortForward;

namespace Socks5Egress.Admin;

/// <summary>Static forwards and the health of their targets; nothing where there are none.</summary>
internal static class ForwardSection
{
    public static Html Write(GatewayStatus view)
    {
        var html = new Html();
        var forwards = view.Forwards.ToList();
        if (forwards.Count == 0) return html;
        html.Add($"""
            <section class="card" id="forwards"><h2>Forwards</h2><div class="wide" role="region" aria-label="Forwards" tabindex="0"><table><thead><tr><th scope="col">Listener</th>
            <th scope="col">Target</th><th scope="col">Health</th><th scope="col">Sessions</th><th scope="col">Last failure</th></tr></thead><tbody>
            """);
        foreach (var forward in forwards)
        {
            foreach (var target in forward.Targets) Row(html, forward, target);
        }

        return html.Add($"</tbody></table></div></section>");
    }

    private static void Row(Html html, ForwardSnapshot forward, TargetSnapshot target)
    {
        var (kind, health) = !forward.Checked ? ("", "not checked") : target.IsUp ? ("good", "up") : ("bad", "down");
        var (listener, place) = (forward.Listen.ToString(), target.Target.ToString());
        html.Add($"""
            <tr data-key="{listener}={place}"><td>{listener}</td><td class="target">{place}</td><td class="{kind}">{health}</td>
            <td class="number">{target.Connections}</td><td>{target.Failure ?? "–"}</td></tr>
            """);
    }
}
