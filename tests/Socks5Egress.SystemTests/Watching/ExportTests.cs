using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Watching;

/// <summary>The metrics as Prometheus' own tool reads them, and OTLP as a receiver gets it.</summary>
public sealed class ExportTests
{
    [Fact]
    public async Task Promtool_has_nothing_to_say_about_the_metrics()
    {
        await using var gateway = await GatewayProcess.StartAsync("sockets");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        (await RawClient.OpenAsync(gateway, target.EndPoint)).Dispose();
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 1, () => gateway.Log.Text);
        var (_, text) = await AdminPage.GetAsync(gateway, "/metrics");
        Assert.Contains("socks5egress_sessions_total{", text, StringComparison.Ordinal);
        foreach (var label in new[] { "app", "region", "host", "instance" })
            Assert.DoesNotMatch($"[{{,]{label}=", text);
        var checkedText = await ExternalProgram.RunAsync("promtool", ["check", "metrics"], input: text);
        Assert.True(checkedText.ExitCode == 0 && checkedText.Error.Length == 0, checkedText.ToString());
    }

    [Fact]
    public async Task An_OTLP_receiver_gets_metrics_and_a_span_a_session_with_its_stages()
    {
        var port = FreePort();
        using var receiver = new HttpListener();
        receiver.Prefixes.Add($"http://127.0.0.1:{port}/");
        receiver.Start();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "sockets",
            Options = [.. GatewayProcess.OpenLoopback],
            Environment = new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            },
        });
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        (await RawClient.OpenAsync(gateway, target.EndPoint)).Dispose();
        bool metrics = false, spans = false;
        using var deadline = Deadline.Token();
        while (!metrics || !spans)
        {
            var call = await receiver.GetContextAsync().WaitAsync(deadline.Token);
            using var body = new MemoryStream();
            await call.Request.InputStream.CopyToAsync(body, deadline.Token);
            // Names are plain text in protobuf
            var text = Encoding.Latin1.GetString(body.ToArray());
            metrics |= call.Request.Url!.AbsolutePath == "/v1/metrics" && text.Contains("socks5egress.sessions", StringComparison.Ordinal);
            spans |= call.Request.Url.AbsolutePath == "/v1/traces"
                && new[] { "session", "handshake", "connect", "relay" }.All(name => text.Contains(name, StringComparison.Ordinal));
            call.Response.Close();
        }
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
