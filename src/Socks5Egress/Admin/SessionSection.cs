using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Gateway.Accounting;

namespace Socks5Egress.Admin;

/// <summary>Who goes where, from which address, now.</summary>
internal static class SessionSection
{
    public static Html Write(GatewayStatus view, SessionOrder order)
    {
        var sessions = order.Choose(view.Sessions.Serving, out var fitting);
        var html = new Html().Add($"""
            <section class="card" id="sessions"><h2>Sessions now</h2>
            <form method="get" action="/" role="search"><input type="hidden" name="sort" value="{(order.Descending ? "-" : "") + order.Column}">
            <label>Filter <input type="search" name="q" value="{order.Filter}" placeholder="user, address or name" autocomplete="off"></label><button>Show</button></form>
            """);
        if (sessions.Count == 0) return html.Add($"<p class=\"none\">{(order.Filter.Length > 0 ? "No open session holds that text." : "No session is open.")}</p></section>");
        html.Add($"<div class=\"wide\" role=\"region\" aria-label=\"Open sessions\" tabindex=\"0\"><table><thead><tr>");
        foreach (var (key, title) in SessionOrder.Columns)
        {
            var sorted = key != order.Column ? "none" : order.Descending ? "descending" : "ascending";
            html.Add($"<th scope=\"col\" class=\"{key}\" aria-sort=\"{sorted}\"><a href=\"/?sort={order.LinkTo(key)}&amp;q={Uri.EscapeDataString(order.Filter)}{(order.ShowsAll ? "&all=1" : "")}\">{title}</a></th>");
        }
        html.Add($"</tr></thead><tbody>");
        foreach (var session in sessions) Row(html, session);
        html.Add($"</tbody></table></div>");
        if (fitting > sessions.Count && order.ShowsAll) html.Add($"<p class=\"none\">{sessions.Count} of {fitting} are shown. The filter finds the others.</p>");
        else if (fitting > sessions.Count)
            html.Add($"<p class=\"none\">{sessions.Count} of {fitting} are shown. <a href=\"/?sort={(order.Descending ? "-" : "") + order.Column}&amp;q={Uri.EscapeDataString(order.Filter)}&amp;all=1\">Show all</a></p>");
        return html.Add($"</section>");
    }

    private static void Row(Html html, ILiveSession session)
    {
        var record = session.Record;
        var stage = session.Stage.ToString().ToLowerInvariant();
        html.Add($"""
            <tr data-key="{record.Id}"><td>{record.User ?? "–"}</td><td>{record.Client.ToString()}</td><td class="target">{record.Target?.ToString() ?? "–"}</td>
            <td>{record.Dialled?.ToString() ?? "–"}</td><td>{record.Source?.Address.ToString() ?? "–"}</td><td><span class="stage {stage}">{stage}</span></td>
            <td class="number">{HumanReadable.Bytes(record.Traffic.BytesUp)}</td><td class="number">{HumanReadable.Bytes(record.Traffic.BytesDown)}</td><td class="number">{HumanReadable.Time(record.Duration)}</td></tr>
            """);
    }
}
