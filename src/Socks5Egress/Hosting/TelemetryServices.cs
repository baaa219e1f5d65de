using System.Diagnostics.Metrics;
using Socks5Egress.Admin;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>Everything that watches: metrics, traces, the page. Without an admin address and without OTLP nothing of it is started.</summary>
internal sealed class TelemetryServices : IDisposable
{
    private readonly List<IDisposable> _parts = [];

    /// <summary>What the admin address serves; null without one.</summary>
    public AdminPages? Pages { get; private init; }

    public static TelemetryServices Start(GatewaySettings settings, GatewayStatus view, IMeterFactory factory, Supervisor supervisor)
    {
        var otlp = OtlpEnvironment.Read(Environment.GetEnvironmentVariable);
        if (settings.Admin is null && otlp == default) return new TelemetryServices();

        view.Measure(factory);
        var telemetry = Telemetry.Start(settings.Admin is not null, otlp, ProgramVersion.Text);
        var parts = new List<IDisposable> { telemetry };
        Action<SessionRecord>? ended = null;
        if (otlp.Traces)
        {
            var traces = new SessionTraces(supervisor.Time);
            parts.Add(traces);
            ended += traces.Write;
        }
        AdminPages? pages = null;
        if (settings.Admin is not null)
        {
            var history = new RecentActivity(view.CountTraffic, supervisor);
            parts.Add(history);
            ended += history.Add;
            pages = new AdminPages(view, new StatusPage(view, history, supervisor.Time), new AdminAuthorization(settings.AdminAccess), telemetry.Prometheus!, supervisor.Time);
        }
        view.Meters.Ended = ended;
        var watching = new TelemetryServices { Pages = pages };
        watching._parts.AddRange(parts);
        return watching;
    }

    public void Dispose()
    {
        // The tracer last: its provider sends what the sessions that ended just now have left
        for (var i = _parts.Count - 1; i >= 0; i--) _parts[i].Dispose();
    }
}
