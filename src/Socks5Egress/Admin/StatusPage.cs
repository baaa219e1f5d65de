
namespace Socks5Egress.Admin;

/// <summary>The page at <c>/</c>: a frame that stays, and a middle that is sent anew every second, by the same code.</summary>
internal sealed class StatusPage(GatewayStatus view, Socks5Egress.Gateway.Accounting.RecentActivity history, TimeProvider time)
{
    /// <summary>
    /// Only what this address serves: no script or style in the page, no other host, no frame around it. What clients chose cannot become
    /// a script even where it were not escaped.
    /// </summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private readonly long _started = time.GetTimestamp();

    /// <summary>The whole page.</summary>
    public string Page(SessionOrder order) => new Html().Add($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>Socks5Egress</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="/status.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/status.css">
        <script src="/status.js" defer></script>
        </head>
        <body>
        <a class="skip" href="#sessions">To the sessions</a>
        <header><h1><img src="/status.svg" alt="" width="26" height="26"> Socks5Egress</h1><span class="version">{ProgramVersion.Text}</span>
        <span id="link" role="status"></span><button id="pause" type="button" hidden aria-pressed="false">Pause</button></header>
        <main id="live">{Live(order)}</main>
        <footer><a href="/metrics">Metrics</a> <a href="/sessions">Sessions as JSON</a> <a href="/readyz">Readiness</a></footer>
        </body>
        </html>
        """).ToString();

    /// <summary>The same in short, for the verb <c>status</c>.</summary>
    public StatusReport Report() => StatusReport.Of(view, history, time.GetElapsedTime(_started));

    /// <summary>What changes.</summary>
    public Html Live(SessionOrder order)
    {
        var points = history.Points;
        return new Html().Add($"""
            {StateSection.Write(view, points, time.GetElapsedTime(_started))}
            {MishapSection.Write(history, time)}
            <div class="pair">{LimitSection.Write(view)}{TargetSection.Write(view)}</div>
            <div class="pair">{ChartSection.Throughput(points)}{ChartSection.Connects(points)}</div>
            {SessionSection.Write(view, order)}
            {PlaintextSection.Write(view)}
            {ForwardSection.Write(view)}
            {UserSection.Write(view)}
            {IdentitySection.Write(view)}
            """);
    }
}
