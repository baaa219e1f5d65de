using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Socks5Egress.Admin;
using Socks5Egress.Client;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Supervision;

namespace Socks5Egress.LocalForward;

/// <summary>
/// <c>forward --health</c>: <c>/healthz</c> while the process runs, <c>/readyz</c> when every target can be reached and nothing is being stopped, and
/// <c>/metrics</c>. A target whose last connection failed, or that had none yet, is tried again every 5 s, so that readiness needs no client.
/// </summary>
internal sealed class ForwardHealth : HttpPages, IAsyncDisposable
{
    private const int Connections = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<ForwardState> _forwards;
    private readonly Socks5Client _client;
    private readonly Meter _meter;
    private readonly MeterProvider _provider;
    private readonly RequestDelegate _metrics;
    private readonly AdminServer _server;
    private BackgroundLoop? _probing;
    private volatile bool _stopping;

    public ForwardHealth(IReadOnlyList<ForwardState> forwards, Socks5Client client)
    {
        (_forwards, _client) = (forwards, client);
        _meter = ForwardMetrics.Measure(forwards);
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("socks5egress-forward", serviceVersion: ProgramVersion.Text).AddTelemetrySdk())
            .AddMeter(ForwardMetrics.MeterName, ConnectTelemetry.Name, "System.Runtime").AddView(Telemetry.Stream)
            .AddPrometheusExporter(options => options.ScopeInfoEnabled = false).Build();
        _metrics = Telemetry.Scraped(_provider);
        _server = new AdminServer(this, Connections, new Hairpins(), NullLoggerFactory.Instance);
    }

    /// <summary>Where it listens; the port is the real one.</summary>
    public IPEndPoint? EndPoint => _server.EndPoint;

    /// <summary>Opens the address and begins to try the targets.</summary>
    /// <returns>Null, or why it cannot be opened.</returns>
    public async ValueTask<string?> StartAsync(IPEndPoint endpoint)
    {
        if (await _server.StartAsync(endpoint, "--health") is { } error) return error;
        _probing = Supervisor.OfProcess.Loop("forward probes", ProbeAsync);
        return null;
    }

    /// <summary>No new connections from here on: <c>/readyz</c> turns red.</summary>
    public void Stop() => _stopping = true;

    public async ValueTask DisposeAsync()
    {
        if (_probing is not null) await _probing.DisposeAsync();
        await _server.DisposeAsync();
        _provider.Dispose();
        _meter.Dispose();
    }

    protected override Task AnswerAsync(HttpContext context)
    {
        var isGet = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return context.Request.Path.Value switch
        {
            "/healthz" => TextAsync(context, 200, "ok\n"),
            "/readyz" => ReadyAsync(context),
            _ when !isGet => TextAsync(context, 405, "Only GET is served here.\n"),
            "/metrics" => _metrics(context),
            _ => TextAsync(context, 404, "There is /healthz, /readyz and /metrics.\n"),
        };
    }

    private Task ReadyAsync(HttpContext context)
    {
        var reasons = _forwards.Where(each => each.Trouble is not null).Select(each => $"{each.Target}: {each.Trouble}").ToList();
        if (_stopping) reasons.Insert(0, "stopping");
        return ReadyAsync(context, reasons.Count == 0, reasons);
    }

    private async Task ProbeAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.WhenAll(_forwards.Where(each => each.Trouble is not null).Select(each => ProbeAsync(each, stop)));
            await Task.Delay(Pause, _client.Options.TimeProvider, stop);
        }
    }

    private async Task ProbeAsync(ForwardState forward, CancellationToken stop)
    {
        try
        {
            (await _client.ConnectSocketAsync(forward.Spec.Host, forward.Spec.Target.Port, stop)).Dispose();
            forward.Works();
        }
        catch (Socks5Exception failure)
        {
            forward.Broke(failure.Message);
        }
    }
}
