using Socks5Egress.Gateway.Limits;

namespace Socks5Egress.Admin;

/// <summary>How full everything is that can be full.</summary>
internal static class LimitSection
{
    public static Html Write(GatewayStatus view)
    {
        var html = new Html().Add($"<section class=\"card\"><h2>Limits</h2><ul class=\"limits\">");
        var limits = view.Limits;
        Bar(html, "Sessions", view.Sessions.Admitted, limits.Sessions);
        if (limits.Pending > 0) Bar(html, "In handshake", view.Sessions.Pending, limits.Pending);
        Bar(html, "File descriptors", GatewayStatus.OpenDescriptors, view.DescriptorLimit);
        if (view.Ceiling is { Most: > 0 } ceiling)
        {
            foreach (var (address, sessions) in view.Destinations) Bar(html, "To " + address, sessions, ceiling.Most);
        }
        html.Add($"</ul>");
        if (Others(limits) is { Length: > 0 } others) html.Add($"<p class=\"none\">At most {others}.</p>");
        return html.Add($"<p class=\"none\">{view.DroppedLines()} log lines were lost.</p></section>");
    }

    /// <summary>What is counted by user, by source and by the second has no one number that could fill a bar.</summary>
    private static string Others(SessionLimits limits) => string.Join(", ", new[]
    {
        limits.UserSessions > 0 ? $"{limits.UserSessions} sessions a user" : null,
        limits.SourceSessions > 0 ? $"{limits.SourceSessions} a client address" : null,
        limits.UserRate > 0 ? $"{limits.UserRate} new ones a minute and user" : null,
        limits.Rate > 0 ? $"{limits.Rate} new ones a second" : null,
    }.OfType<string>());

    private static void Bar(Html html, string name, long used, long most) => html.Add($"""
        <li><span>{name}</span><span class="number">{used} of {most}</span><meter min="0" max="{most}" low="{most * 7 / 10}" high="{most * 9 / 10}" optimum="0" value="{used}" aria-label="{name}"></meter></li>
        """);
}
