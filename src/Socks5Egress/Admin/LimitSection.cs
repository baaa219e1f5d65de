using Socks5Egress.Hosting;

namespace Socks5Egress.Admin;

/// <summary>How full everything is that can be full.</summary>
internal static class LimitSection
{
    public static Html Write(GatewayView view)
    {
        var html = new Html().Add($"<section class=\"card\"><h2>Limits</h2><ul class=\"limits\">");
        Bar(html, "Sessions", view.Sessions.Admitted, view.MaxSessions);
        Bar(html, "File descriptors", GatewayView.OpenDescriptors, view.DescriptorLimit);
        if (view.Ceiling is { Most: > 0 } ceiling)
        {
            foreach (var (address, sessions) in view.Destinations) Bar(html, "To " + address, sessions, ceiling.Most);
        }
        return html.Add($"</ul><p class=\"none\">{view.DroppedLines()} log lines were lost.</p></section>");
    }

    private static void Bar(Html html, string name, long used, long most) => html.Add($"""
        <li><span>{name}</span><span class="number">{used} of {most}</span><meter min="0" max="{most}" low="{most * 7 / 10}" high="{most * 9 / 10}" optimum="0" value="{used}" aria-label="{name}"></meter></li>
        """);
}
