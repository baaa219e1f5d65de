using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>
/// A file of the configuration that is a pipe, or that does not answer: the log names it, the rules before it hold, and a good one in its place is taken.
/// </summary>
public sealed class SilentFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Certificates _certificates = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Dispose();
    }

    public static MatrixTheoryData<string, string> Files => new(
        TransportKind.All.Select(row => row.Data), ["config", "users", "cert", "key", "ca", "crl"]);

    [Theory, MemberData(nameof(Files))]
    public async Task A_pipe_in_a_file_s_place_is_named_and_a_good_file_is_taken_again(string transport, string which)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var (files, options) = await MakeAsync();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = options });
        var path = files[which];
        var good = File.ReadAllText(path);
        File.Delete(path);
        Assert.Equal(0, (await ExternalProgram.RunAsync("mkfifo", ["-m", "600", path])).ExitCode);
        // Seen without being asked
        await RefusedAsync(gateway, path, "file");
        Assert.Contains("reload-refused", (await AdminPage.GetAsync(gateway, "/readyz")).Body, StringComparison.Ordinal);
        gateway.Signal(Signals.HangUp);
        await RefusedAsync(gateway, path, "signal");
        var asked = await ReloadAsync(gateway);
        Assert.True(asked.ExitCode == 1 && asked.Error.Contains(path, StringComparison.Ordinal), asked.ToString());
        var check = await ExternalProgram.RunAsync(GatewayProcess.Executable, ["check", .. options]);
        Assert.True(check.ExitCode == 2 && check.Error.Contains($"'{path}'", StringComparison.Ordinal), check.ToString());

        File.Delete(path);
        _folder.WriteSecret("good", good);
        File.Move(Path.Combine(_folder.Path, "good"), path);
        await Deadline.UntilAsync(() => gateway.Log.Of("config.loaded").Any(line => line.GetProperty("by").GetString() == "file"), () => gateway.Log.Text);
        Assert.DoesNotContain("reload-refused", (await AdminPage.GetAsync(gateway, "/readyz")).Body, StringComparison.Ordinal);
        Assert.Equal(0, (await ReloadAsync(gateway)).ExitCode);
        Assert.Equal(0, await gateway.StopAsync());
    }

    /// <summary>The end does not wait for it either.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_file_that_does_not_answer_is_named_and_holds_up_neither_sessions_nor_the_end(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var config = _folder.Write("gateway.json", """{ "Policy": { "Allow": ["127.0.0.0/8"] } }""");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--config", config] });
        await using (await LentFile.LendAsync(config))
        {
            gateway.Signal(Signals.HangUp);
            await RefusedAsync(gateway, config, "signal");
            Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
            var asked = await ReloadAsync(gateway);
            Assert.True(asked.ExitCode == 1 && asked.Error.Contains("does not answer", StringComparison.Ordinal), asked.ToString());
        }

        // Back, and nobody asks
        await Deadline.UntilAsync(() => gateway.Log.Of("config.loaded").Any(line => line.GetProperty("by").GetString() == "file"), () => gateway.Log.Text);
        await using var again = await LentFile.LendAsync(config);
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reload-refused", line => line.GetProperty("errors").GetString()!.Contains(config, StringComparison.Ordinal));
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task A_pipe_with_a_writer_is_read_once_at_the_start()
    {
        var result = await ExternalProgram.RunAsync(
            "bash", ["-c", "\"$0\" check --config <(echo '{ \"Policy\": { \"Default\": \"none\" } }')", GatewayProcess.Executable]);
        Assert.True(result.ExitCode == 0 && result.Output.Contains("none", StringComparison.Ordinal), result.ToString());
        var silent = await ExternalProgram.RunAsync("bash", ["-c", "\"$0\" check --config <(exec 2>&-; read -t 60 <> <(:))", GatewayProcess.Executable]);
        Assert.True(silent.ExitCode == 2 && silent.Error.Contains("does not come to its end", StringComparison.Ordinal), silent.ToString());
    }

    [Theory]
    [InlineData("gateway.json", "{\n  \"Policy\": {\n    \"Allow\": [\"caf\u00e9.example.com\"] } }", "line 3")]
    [InlineData("users", "app:x\ncaf\u00e9:y\n", "line 2")]
    public async Task A_byte_that_is_no_text_is_a_refused_file_with_its_line(string name, string text, string line)
    {
        var path = _folder.WriteSecret(name, "");
        await File.WriteAllBytesAsync(path, System.Text.Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        var errors = await Socks5Egress.SystemTests.Cli.Cli.RefusedAsync(["check", name == "users" ? "--users" : "--config", path]);
        Assert.Contains($"'{path}', {line}", string.Join('\n', errors), StringComparison.Ordinal);
        Assert.DoesNotContain('\ufffd', string.Join('\n', errors));
    }

    private static Task<JsonElement> RefusedAsync(GatewayProcess gateway, string path, string by) => gateway.Log.WaitAsync("gateway.reload-refused", line =>
        line.GetProperty("by").GetString() == by && line.GetProperty("errors").GetString()!.Contains($"'{path}'", StringComparison.Ordinal));

    private static Task<ProgramResult> ReloadAsync(GatewayProcess gateway) =>
        Socks5Egress.SystemTests.Cli.Cli.RunAsync(["reload", "--admin", gateway.Admin.Authority]);

    private async Task<(Dictionary<string, string> Files, string[] Options)> MakeAsync()
    {
        var server = _certificates.Server();
        var files = new Dictionary<string, string>
        {
            ["config"] = _folder.Write("gateway.json", """{ "Policy": { "Allow": ["127.0.0.0/8"] } }"""),
            ["users"] = await StoredUsers.WriteAsync(_folder, ("app", "secret of app")),
            ["cert"] = server.File,
            ["key"] = server.KeyFile,
            ["ca"] = _certificates.AuthorityFile,
            ["crl"] = _certificates.Revoked(),
        };
        return (files,
        [
            "--config", files["config"], "--users", files["users"], "--tls-cert", files["cert"], "--tls-key", files["key"], "--tls-client-ca", files["ca"],
            "--tls-client-crl", files["crl"],
        ]);
    }
}
