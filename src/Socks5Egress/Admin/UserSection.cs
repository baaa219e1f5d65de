namespace Socks5Egress.Admin;

/// <summary>The users there are, and what each has done.</summary>
internal static class UserSection
{
    private const int MaxRows = 50;

    public static Html Write(GatewayStatus view)
    {
        var open = view.Sessions.All.Where(session => session.Record.User is not null).CountBy(session => session.Record.User!).ToDictionary();
        var sums = view.Meters.Series.Where(series => series.Key.User is not null).ToLookup(series => series.Key.User!);
        var names = view.Users.Union(sums.Select(group => group.Key)).OrderByDescending(name => open.GetValueOrDefault(name)).ThenBy(name => name, StringComparer.Ordinal);
        var html = new Html().Add($"<section class=\"card\"><h2>Users</h2>");
        if (view.Users.Count == 0) return html.Add($"<p class=\"none\">Nobody has to log in here.</p></section>");
        html.Add($"<div class=\"wide\" role=\"region\" aria-label=\"Users\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">User</th><th scope=\"col\">Open</th><th scope=\"col\">Ended</th><th scope=\"col\">Up</th><th scope=\"col\">Down</th></tr></thead><tbody>");
        foreach (var name in names.Take(MaxRows))
        {
            var most = view.MostSessionsOf(name);
            var now = open.GetValueOrDefault(name) + (most > 0 ? " of " + most : "");
            html.Add($"""
                <tr data-key="{name}"><td>{name}</td><td class="number">{now}</td><td class="number">{sums[name].Sum(series => series.Ended)}</td>
                <td class="number">{HumanReadable.Bytes(sums[name].Sum(series => (double)series.Up))}</td><td class="number">{HumanReadable.Bytes(sums[name].Sum(series => (double)series.Down))}</td></tr>
                """);
        }
        html.Add($"</tbody></table></div>");
        if (view.Users.Count > MaxRows) html.Add($"<p class=\"none\">{MaxRows} of {view.Users.Count} are shown.</p>");
        return html.Add($"</section>");
    }
}
