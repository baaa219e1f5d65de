using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Fly;

/// <summary>What needs no token: the audit of a file, and the health check of an image.</summary>
public sealed class OfflineVerbTests
{
    [Fact]
    public async Task Findings_in_a_fly_toml_are_printed_with_file_line_and_key()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("fly.toml", "kill_signal = \"SIGTERM\"\nkill_timeout = 5\n[deploy]\nstrategy = \"bluegreen\"\n");
        var result = await RunAsync(1, "check", file);
        Assert.Contains(file + ":2: warning: kill_timeout ", result.Output, StringComparison.Ordinal);
        Assert.Contains(file + ":4: warning: deploy.strategy ", result.Output, StringComparison.Ordinal);

        using var json = JsonDocument.Parse((await RunAsync(1, "check", file, "--json")).Output);
        Assert.Equal([2, 4], json.RootElement.EnumerateArray().Select(finding => finding.GetProperty("line").GetInt32()));
        Assert.Equal("warning", json.RootElement[0].GetProperty("severity").GetString());
    }

    /// <summary>Through the loader that <c>run</c> has, so that a variable without a meaning is found before a deploy.</summary>
    [Fact]
    public async Task The_variables_of_a_fly_toml_are_those_of_the_gateway()
    {
        using var folder = new TemporaryFolder();
        var shipped = await File.ReadAllTextAsync(RepositoryRoot.Of("fly.toml"), TestContext.Current.CancellationToken);
        Assert.Contains("[env]", shipped, StringComparison.Ordinal);
        var file = folder.Write("fly.toml", shipped.Replace("[env]", "[env]\n  SOCKS5EGRESS_ALLOW = \"10.0.0.0/8\"", StringComparison.Ordinal));
        var result = await RunAsync(1, "check", file);
        Assert.Contains("SOCKS5EGRESS_Policy__Allow__0", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_that_is_shipped_is_clean_and_what_is_no_TOML_fails_with_its_position()
    {
        await RunAsync(0, "check", RepositoryRoot.Of("fly.toml"));
        using var folder = new TemporaryFolder();
        Assert.Contains("(1,", (await RunAsync(1, "check", folder.Write("a.toml", "kill_timeout"))).Error, StringComparison.Ordinal);
        await RunAsync(1, "check", "missing.toml");
        await RunAsync(2, "check", RepositoryRoot.Of("fly.toml"), "db.example.com:5432");
    }

    [Fact]
    public async Task Health_is_asked_where_the_gateway_answers()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto");
        await RunAsync(0, "health", "--admin", gateway.Admin.Authority);
        await gateway.StopAsync();
        Assert.Contains(gateway.Admin.Authority, (await RunAsync(1, "health", "--admin", gateway.Admin.Authority)).Error, StringComparison.Ordinal);
        await RunAsync(2, "health", "--admin", "off");
    }

    private static async Task<ProgramResult> RunAsync(int exit, params string[] words)
    {
        var result = await ExternalProgram.RunAsync(GatewayProcess.Executable, words);
        Assert.True(result.ExitCode == exit, $"{string.Join(' ', words)}: {result}");
        return result;
    }
}
