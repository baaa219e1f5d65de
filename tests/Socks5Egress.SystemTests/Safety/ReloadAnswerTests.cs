using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Who may ask for a reload, what the answer is, and what the audit line says.</summary>
public sealed class ReloadAnswerTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Reload_prints_what_changed_and_exits_1_when_it_is_refused(string transport)
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("gateway.json", """{ "Policy": { "Default": "none" } }""");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--config", config] });
        var same = await ReloadAsync();
        Assert.True(same is { ExitCode: 0, Output: "Reloaded; nothing has changed.\n", Error: "" }, same.ToString());

        folder.Write("gateway.json", """{ "Policy": { "Default": "none", "Allow": ["db.example.com"] }, "Timeouts": { "Idle": "2h" } }""");
        var changed = await ReloadAsync("--json");
        Assert.Equal(0, changed.ExitCode);
        var answer = JsonDocument.Parse(changed.Output).RootElement;
        Assert.True(answer.GetProperty("reloaded").GetBoolean());
        Assert.Equal(["Timeouts.Idle"], answer.GetProperty("restart_needed").EnumerateArray().Select(each => each.GetString()));

        foreach (var bad in new[] { """{ "Polcy": {} }""", """{ "Policy": { "Allow": ["\ud800"] } }""", "{" })
        {
            folder.Write("gateway.json", bad);
            var refused = await ReloadAsync();
            Assert.True(refused is { ExitCode: 1, Output: "" } && refused.Error.Contains("gateway.json", StringComparison.Ordinal), refused.ToString());
            var json = await ReloadAsync("--json");
            Assert.Equal((1, false), (json.ExitCode, JsonDocument.Parse(json.Output).RootElement.GetProperty("reloaded").GetBoolean()));
        }
        folder.Write("gateway.json", """{ "Policy": { "Default": "none" } }""");
        Assert.Equal(0, (await ReloadAsync()).ExitCode);
        Assert.Equal(0, await gateway.StopAsync());
        var gone = await ReloadAsync();
        Assert.True(gone.ExitCode == 1 && gone.Error.Contains("does not answer", StringComparison.Ordinal), gone.ToString());

        Task<ProgramResult> ReloadAsync(params string[] more) => Socks5Egress.SystemTests.Cli.Cli.RunAsync(["reload", "--admin", gateway.Admin.Authority, .. more]);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Each_configuration_that_holds_has_a_line_with_its_digest_who_asked_and_what_changed(string transport)
    {
        using var folder = new TemporaryFolder();
        const string first = """{ "Policy": { "Default": "none" } }""";
        var config = folder.Write("gateway.json", first);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--config", config] });
        var start = await NextAsync(0);
        Assert.Equal(("start", ""), (start.By, start.Changed));
        Assert.Matches("^sha256:[0-9a-f]{64}$", start.Digest);

        folder.Write("gateway.json", """{ "Policy": { "Default": "none" }, "Clients": ["127.0.0.0/8"] }""");
        var file = await NextAsync(1);
        Assert.Equal("file", file.By);
        Assert.Contains("Clients", file.Changed, StringComparison.Ordinal);
        Assert.NotEqual(start.Digest, file.Digest);

        gateway.Signal(Signals.HangUp);
        Assert.Equal(("signal", "", file.Digest), await NextAsync(2));
        var answer = await AdminPage.PostAsync(gateway, "/reload");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(("admin", "", file.Digest), await NextAsync(3));
        Assert.Contains(file.Digest, answer.Body, StringComparison.Ordinal);

        // The same words are the same configuration
        folder.Write("gateway.json", first);
        Assert.Equal(start.Digest, (await NextAsync(4)).Digest);

        async Task<(string By, string Changed, string Digest)> NextAsync(int number)
        {
            await Deadline.UntilAsync(() => gateway.Log.Of("config.loaded").Count > number, () => gateway.Log.Text);
            var line = gateway.Log.Of("config.loaded")[number];
            var changed = line.GetProperty("changed").EnumerateArray().Select(each => each.GetString());
            return (line.GetProperty("by").GetString()!, string.Join(' ', changed), line.GetProperty("digest").GetString()!);
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Off_loopback_it_needs_the_token_and_from_another_origin_it_is_refused(string transport)
    {
        using var folder = new TemporaryFolder();
        const string token = "0123456789abcdef0123456789abcdef";
        var file = folder.WriteSecret("token", token);
        using var network = await NetworkNamespace.CreateAsync("ip address add 198.51.100.1/32 dev lo");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport, Through = network.Through, Options = ["--admin", "0.0.0.0:9180", "--admin-token-file", file],
        });
        foreach (var path in new[] { "/reload", "/disconnect?user=nobody" })
        {
            Assert.Equal("200", await PostAsync("127.0.0.1", path));
            Assert.Equal("200", await PostAsync("127.0.0.1", path, "Origin: http://127.0.0.1:9180"));
            Assert.Equal("403", await PostAsync("127.0.0.1", path, "Origin: http://evil.example"));
            Assert.Equal("403", await PostAsync("127.0.0.1", path, "Origin: null"));
            Assert.Equal("401", await PostAsync("198.51.100.1", path));
            Assert.Equal("401", await PostAsync("198.51.100.1", path, "Authorization: Bearer wrong"));
            Assert.Equal("200", await PostAsync("198.51.100.1", path, $"Authorization: Bearer {token}"));
            Assert.Equal("403", await PostAsync("198.51.100.1", path, $"Authorization: Bearer {token}\r\nOrigin: http://evil.example"));
        }
        Assert.Equal(0, (await ReloadAsync("--admin-token-file", file)).ExitCode);
        var without = await ReloadAsync();
        Assert.True(without.ExitCode == 1 && without.Error.Contains("token", StringComparison.Ordinal), without.ToString());

        async Task<string> PostAsync(string address, string path, string fields = "X: y")
        {
            using var connection = await network.Inside(() => RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), 9180)));
            await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: {address}:9180\r\nContent-Length: 0\r\nConnection: close\r\n{fields}\r\n\r\n"));
            return System.Text.Encoding.ASCII.GetString((await connection.ReceiveToEndAsync()).Bytes)[9..12];
        }

        Task<ProgramResult> ReloadAsync(params string[] more) => ExternalProgram.RunAsync(
            network.Through[0], [.. network.Through.Skip(1), GatewayProcess.Executable, "reload", "--admin", "198.51.100.1:9180", .. more]);
    }
}
