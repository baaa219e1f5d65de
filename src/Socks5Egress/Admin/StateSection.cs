using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;

namespace Socks5Egress.Admin;

/// <summary>The first glance: may it be given traffic, how much is going on.</summary>
internal static class StateSection
{
    private const int Recent = 10;

    public static Html Write(GatewayStatus view, IReadOnlyList<TrafficSample> points, TimeSpan up)
    {
        var reasons = view.Readiness.Reasons;
        var draining = reasons.Contains("draining");
        var (kind, word) = draining ? ("warn", "Draining") : reasons.IsEmpty ? ("good", "Ready") : ("bad", "Not ready");
        var last = points.TakeLast(Recent).ToList();
        var span = Math.Max(1, last.Count);
        var text = new Html().Add($"""
            <section class="state" aria-label="State"><p class="pill {kind}"><span aria-hidden="true">{(kind == "good" ? "●" : "▲")}</span> {word}</p>
            <p class="where">up {HumanReadable.Time(up)}{Listeners(view)}</p>
            """);
        if (draining) text.Add($"<p class=\"why\">{view.Sessions.Count} sessions may still go on; new ones belong elsewhere.</p>");
        foreach (var reason in reasons.AddRange(view.Readiness.Notes).Where(reason => reason != "draining")) text.Add($"<p class=\"why\">{reason}</p>");
        if (Due(view) is { Length: > 0 } due) text.Add($"<p class=\"why\" id=\"due\">Due to end at a quiet moment: {due}.</p>");
        return text.Add($"""
            </section><dl class="tiles">
            <div><dt>Sessions</dt><dd>{view.Sessions.Admitted}</dd></div>
            <div><dt>In handshake</dt><dd>{view.Sessions.Pending}</dd></div>
            <div><dt>Up</dt><dd>{HumanReadable.Bytes(last.Sum(second => (double)second.Up) / span)}/s</dd></div>
            <div><dt>Down</dt><dd>{HumanReadable.Bytes(last.Sum(second => (double)second.Down) / span)}/s</dd></div>
            <div><dt>Ended</dt><dd>{view.Meters.Series.Sum(series => series.Ended)}</dd></div>
            <div><dt>Refused</dt><dd>{Refused(view)}</dd></div>
            </dl>
            """);
    }

    private static string Due(GatewayStatus view) =>
        string.Join(", ", view.Due.Where(due => due.Sessions > 0).Select(due => $"{due.Sessions} sessions ({due.Cause})"));

    private static string Listeners(GatewayStatus view) =>
        view.Loops.Count == 0 ? "" : ", listens on " + string.Join(" and ", view.Loops.Select(loop => loop.Listener + (loop.Healthy ? "" : " (cannot accept)")));

    /// <summary>How many sessions were refused since the start.</summary>
    public static long Refused(GatewayStatus view) => view.Meters.Series.Sum(series =>
        Enum.GetValues<EndReason>().Where(reason => RefusalCategory.Of(reason, null) is not null).Sum(series.Ends));
}
