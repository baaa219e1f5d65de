using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Accounting;

namespace Socks5Egress.Admin;

/// <summary>
/// OpenTelemetry: Prometheus text for the admin address, and OTLP when the standard environment variables name a receiver. Nothing of it is
/// started when there is neither.
/// </summary>
internal sealed class Telemetry : IDisposable
{
    private readonly MeterProvider? _meters;
    private readonly TracerProvider? _traces;

    private Telemetry(MeterProvider? meters, TracerProvider? traces, RequestDelegate? prometheus) =>
        (_meters, _traces, Prometheus) = (meters, traces, prometheus);

    /// <summary>Answers <c>/metrics</c>; null without an admin address.</summary>
    public RequestDelegate? Prometheus { get; }

    /// <summary>Sessions become spans.</summary>
    public bool Traces => _traces is not null;

    /// <summary>Starts what is asked for.</summary>
    /// <param name="admin">There is an admin address.</param>
    /// <param name="otlp">What the environment says.</param>
    /// <param name="version">Of the gateway.</param>
    public static Telemetry Start(bool admin, OtlpEnvironment otlp, string version)
    {
        var resource = ResourceBuilder.CreateEmpty().AddService("socks5egress", serviceVersion: version).AddTelemetrySdk().AddEnvironmentVariableDetector();
        MeterProvider? meters = null;
        if (admin || otlp.Metrics)
        {
            var builder = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters.MeterName, "System.Runtime").AddView(Stream);
            if (admin) builder.AddPrometheusExporter(options => options.ScopeInfoEnabled = false);
            if (otlp.Metrics) builder.AddOtlpExporter();
            meters = builder.Build();
        }
        var traces = otlp.Traces
            ? Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(SessionTraces.SourceName).AddOtlpExporter().Build()
            : null;
        return new Telemetry(meters, traces, admin ? Scraped(meters!) : null);
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _meters?.Dispose();
    }

    /// <summary>How much room each instrument gets.</summary>
    public static MetricStreamConfiguration Stream(Instrument instrument) => instrument.Name switch
    {
        // Prometheus keeps the ending _count for histograms: promtool complains
        "dotnet.assembly.count" or "dotnet.process.cpu.count" or "dotnet.timer.count" => MetricStreamConfiguration.Drop,
        // Room is set aside for each series: the sums by user are many, the others few
        "socks5egress.sessions" or "socks5egress.io" or "socks5egress.sessions.active" => new() { CardinalityLimit = 4000 },
        _ => new() { CardinalityLimit = 200 },
    };

    /// <summary>Answers a scrape of Prometheus.</summary>
    public static RequestDelegate Scraped(MeterProvider meters)
    {
        var services = new ServiceCollection().AddOptions().BuildServiceProvider();
        return new ApplicationBuilder(services).UseOpenTelemetryPrometheusScrapingEndpoint(meters, null, null, null, null).Build();
    }
}
