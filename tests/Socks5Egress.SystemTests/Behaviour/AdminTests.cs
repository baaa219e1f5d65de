using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>The admin address, as a health check, a scraper and a person see it.</summary>
public sealed class AdminTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task It_is_healthy_and_ready_while_it_serves(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/healthz")).Status);
        var (status, body) = await AdminPage.GetAsync(gateway, "/readyz");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"ready\":true", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await AdminPage.GetAsync(gateway, "/nothing")).Status);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Sessions_lists_what_is_open_now(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        await client.SendAsync("here"u8.ToArray());
        await client.ReceiveAsync(4);
        var (status, body) = await AdminPage.GetAsync(gateway, "/sessions");
        Assert.Equal(HttpStatusCode.OK, status);
        using (JsonDocument.Parse(body))
        {
            Assert.Contains(client.Local.ToString(), body, StringComparison.Ordinal);
            Assert.Contains(target.EndPoint.ToString(), body, StringComparison.Ordinal);
        }
        Assert.Equal(1, await AdminPage.SessionsAsync(gateway));
        client.Finish();
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 0, () => "The session is still listed");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Metrics_are_Prometheus_text(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        (await RawClient.OpenAsync(gateway, target.EndPoint)).Dispose();
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 1, () => gateway.Log.Text);
        var (status, body) = await AdminPage.GetAsync(gateway, "/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.All(body.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches("^(# (HELP|TYPE) .+|# EOF|[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*\\})? [-+0-9.eEInfNa]+)$", line));
        Assert.Contains("# TYPE ", body, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Health_answers_any_Host_and_the_sessions_do_not(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        foreach (var (path, host, expected) in new[]
        {
            ("/healthz", "Host: evil.example\r\n", "200"), ("/healthz", "", "200"), ("/readyz", "Host: x\r\n", "200"), ("/metrics", "", "200"),
            ("/sessions", "Host: evil.example\r\n", "4"), ("/", "Host: evil.example\r\n", "4"),
            ("/sessions", "Host: localhost\r\n", "200"), ("/sessions", "Host: 127.0.0.1\r\n", "200"),
        })
        {
            // HAProxy's check is HTTP/1.0 and sends no Host
            var version = host.Length == 0 ? "1.0" : "1.1";
            using var client = await RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway.Admin.Port));
            await client.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/{version}\r\n{host}Connection: close\r\n\r\n"));
            var (bytes, _) = await client.ReceiveToEndAsync();
            var answer = System.Text.Encoding.ASCII.GetString(bytes);
            Assert.True(answer.StartsWith("HTTP/1.", StringComparison.Ordinal) && answer[9..].StartsWith(expected, StringComparison.Ordinal), $"{path} with {host}: {answer}");
        }
    }

    /// <summary>In a network of its own, as its one address that is not loopback is taken from nobody.</summary>
    [Fact]
    public async Task Off_loopback_the_private_pages_want_the_token_of_the_file()
    {
        using var folder = new TemporaryFolder();
        folder.WriteSecret("token", "0123456789abcdef0123456789abcdef\n");
        var script = folder.Write("ask.sh", """
            set -euo pipefail
            ip link set lo up
            ip addr add 198.51.100.1/32 dev lo
            cd "$1"; program=$2; shift 2
            "$program" run --listen 127.0.0.1:1080 --admin 198.51.100.1:9180 "$@" 2>log &
            gateway=$!
            trap 'kill $gateway' EXIT
            for _ in $(seq 200); do curl -sf -o /dev/null http://198.51.100.1:9180/readyz && break; sleep .05; done
            ask() { curl -s -o /dev/null -w '%{http_code} ' --max-time 10 "$@"; }
            ask http://198.51.100.1:9180/metrics
            ask http://198.51.100.1:9180/sessions
            ask -H 'Authorization: Bearer 0123456789abcdef0123456789abcdef' http://198.51.100.1:9180/sessions
            ask -u any:0123456789abcdef0123456789abcdef http://198.51.100.1:9180/
            ask -u any:wrong http://198.51.100.1:9180/
            ask -u any:0123456789abcdef0123456789abcdef -H 'Host: gw.internal:9180' http://198.51.100.1:9180/
            ask -u any:0123456789abcdef0123456789abcdef -H 'Host: evil.example' http://198.51.100.1:9180/
            ! grep -c 0123456789abcdef log >&2
            """);
        Assert.Equal("200 401 200 200 401 200 403 ", await AskAsync("--admin-token-file", "token", "--admin-host", "gw.internal"));
        Assert.Equal("200 403 403 403 403 403 403 ", await AskAsync());

        async Task<string> AskAsync(params string[] options)
        {
            var result = await ExternalProgram.RunAsync("unshare", ["--net", "bash", script, folder.Path, GatewayProcess.Executable, .. options]);
            Assert.True(result.ExitCode == 0, result.ToString());
            return result.Output;
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Sessions_over_the_limit_get_01(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--max-sessions", "3");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var open = new List<RawConnection>();
        for (var i = 0; i < 3; i++) open.Add(await RawClient.OpenAsync(gateway, target.EndPoint));
        Assert.Equal(ReplyCode.GeneralFailure, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
        await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("end").GetString() == "limit-sessions");
        foreach (var client in open) client.Reset();
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 4, () => gateway.Log.Text);
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
    }
}
