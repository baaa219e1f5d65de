using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary><c>forward</c> as a sidecar: health, readiness, metrics, and reports for machines.</summary>
public sealed partial class ForwardSidecarTests(EgressSetup setup)
{
    [Fact]
    public async Task It_is_ready_once_the_target_is_reached_and_counts_what_it_carries()
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var health = FreePort.Pick();
        await using var forward = await ForwardProcess.StartAsync(
            target.EndPoint.ToString(), SocksProxy.Of(await setup.GatewayAsync("auto")).Url, "--health", $"{health}");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{health}") };

        // Nobody has connected: a probe of its own tells
        await UntilAsync(http, "/readyz", HttpStatusCode.OK);
        Assert.Equal("ok\n", await http.GetStringAsync(new Uri("/healthz", UriKind.Relative), TestContext.Current.CancellationToken));

        using (var client = await RawConnection.ConnectAsync(forward.EndPoint))
        {
            await client.SendAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await client.ReceiveAsync(5));
            var open = await MetricsAsync(http);
            Assert.Equal("1", open[$"socks5egress_client_forward_connections_active{{target=\"{target.EndPoint}\"}}"]);
            Assert.Equal("1", open[$"socks5egress_client_forward_connections_total{{target=\"{target.EndPoint}\"}}"]);
        }
        await Deadline.UntilAsync(
            async () => (await MetricsAsync(http)).GetValueOrDefault($"socks5egress_client_forward_io_bytes_total{{network_io_direction=\"up\",target=\"{target.EndPoint}\"}}") == "5"
                || (await MetricsAsync(http)).GetValueOrDefault($"socks5egress_client_forward_io_bytes_total{{target=\"{target.EndPoint}\",network_io_direction=\"up\"}}") == "5",
            () => "the bytes were not counted");
    }

    [Fact]
    public async Task Without_a_gateway_it_lives_and_is_not_ready_and_says_why()
    {
        using var dead = new DeadGateway();
        var health = FreePort.Pick();
        await using var forward = await ForwardProcess.StartAsync("db.example.com:5432", dead.Proxy.Url, "--health", $"{health}");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{health}") };
        Assert.True((await http.GetAsync(new Uri("/healthz", UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode);

        var reasons = await UntilAsync(http, "/readyz", HttpStatusCode.ServiceUnavailable, "refuses connections");
        using var document = JsonDocument.Parse(reasons);
        Assert.False(document.RootElement.GetProperty("ready").GetBoolean());
        Assert.StartsWith("db.example.com:5432: ", document.RootElement.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_json_writes_lines_with_the_keys_of_the_gateways_log_and_nothing_to_standard_output()
    {
        using var dead = new DeadGateway();
        var ran = await ExternalProgram.RunAsync(GatewayProcess.Executable,
            ["forward", "0=db.example.com:5432", "--via", dead.Proxy.Url, "--log", "json", "--wait=1s"]);
        Assert.Equal((1, ""), (ran.ExitCode, ran.Output));
        Assert.All(Events(ran.Error), line => Assert.True(line.TryGetProperty("time", out _) && line.TryGetProperty("level", out _)));
        Assert.Contains(Events(ran.Error), line => line.GetProperty("event").GetString() == "forward.failed"
            && line.GetProperty("target").GetString() == "db.example.com:5432"
            && line.GetProperty("message").GetString()!.Contains("refuses connections", StringComparison.Ordinal));

        var up = await ExternalProgram.RunAsync(GatewayProcess.Executable,
            ["forward", "0=db.example.com:5432", "--via", dead.Proxy.Url, "--log", "json", "--", "true"]);
        Assert.Equal("forward.ready", Assert.Single(Events(up.Error)).GetProperty("event").GetString());
    }

    [Fact]
    public async Task Quiet_prints_nothing_while_all_is_well()
    {
        using var dead = new DeadGateway();
        var ran = await ExternalProgram.RunAsync(
            GatewayProcess.Executable, ["forward", "0=db.example.com:5432", "--via", dead.Proxy.Url, "--quiet", "--", "true"]);
        Assert.Equal((0, "", ""), (ran.ExitCode, ran.Output, ran.Error));
    }

    [Fact]
    public async Task A_health_address_that_is_taken_is_named()
    {
        using var dead = new DeadGateway();
        using var taken = FreePort.Reserve();
        taken.Listen(1);
        var ran = await ExternalProgram.RunAsync(
            GatewayProcess.Executable, ["forward", "0=db.example.com:5432", "--via", dead.Proxy.Url, "--health", taken.LocalEndPoint!.ToString()!]);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains($"--health {taken.LocalEndPoint}", ran.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonElement> Events(string error) =>
        error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone());

    private static async Task<string> UntilAsync(HttpClient http, string path, HttpStatusCode status, string says = "")
    {
        var body = "";
        await Deadline.UntilAsync(async () =>
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return answer.StatusCode == status && body.Contains(says, StringComparison.Ordinal);
        }, () => $"{path} says {body}");
        return body;
    }

    private static async Task<Dictionary<string, string>> MetricsAsync(HttpClient http)
    {
        var text = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        return Series().Matches(text).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
    }

    [GeneratedRegex(@"(?m)^(socks5egress_client_forward\S+) (\S+)")]
    private static partial Regex Series();
}
