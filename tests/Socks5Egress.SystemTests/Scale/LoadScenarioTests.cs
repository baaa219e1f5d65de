using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>The load scenarios of bench/ by the built-in runner: shortly, so that they are known to run; their figures are not looked at.</summary>
public sealed class LoadScenarioTests : IDisposable
{
    private static readonly string Program = RepositoryRoot.Of("bench", "Socks5Egress.LoadTests", "bin", "Release", "net10.0", "loadtests");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_scenario_runs_and_is_reported()
    {
        // mixed-few is mixed with other numbers; only both together are compared, which a second of work is too short for
        string[] names = ["connect", "pingpong", "bulk", "postgres", "mixed"];
        var result = await RunAsync(GatewayProcess.Executable, "--scenario", string.Join(',', names), "--sessions", "100", "--json");
        Assert.True(result.ExitCode == 0, result.ToString());

        foreach (var file in (string[])["README.md", "load.html", "load.csv", "load.json"]) Assert.True(new FileInfo(InReport(file)).Length > 0, file);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(InReport("load.json"), TestContext.Current.CancellationToken));
        var scenarios = report.RootElement.GetProperty("scenarios").EnumerateArray().ToList();
        Assert.Equal(names, scenarios.Select(scenario => scenario.GetProperty("name").GetString()));
        Assert.All(scenarios, scenario =>
        {
            Assert.Equal(0, scenario.GetProperty("fail_count").GetInt64());
            Assert.True(scenario.GetProperty("ok_count").GetInt64() > 0);
        });
        Assert.Equal(1 + names.Length, (await File.ReadAllLinesAsync(InReport("load.csv"), TestContext.Current.CancellationToken)).Length);
        using var printed = JsonDocument.Parse(result.Output);
        Assert.Equal(names.Length, printed.RootElement.GetProperty("scenarios").GetArrayLength());
    }

    [Fact]
    public async Task A_limit_that_is_crossed_is_the_exit_code()
    {
        // Everything is refused: the gateway's own rule goes before the one that opens loopback to the load
        var closed = _folder.Write("gateway", $"#!/bin/sh\nexec '{GatewayProcess.Executable}' \"$@\" --deny 127.0.0.0/8\n");
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var result = await RunAsync(closed, "--scenario", "connect");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("limit crossed: connect: nothing succeeded", result.Error, StringComparison.Ordinal);
        Assert.Contains("nothing succeeded", await File.ReadAllTextAsync(InReport("load.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private string InReport(string file) => Path.Combine(_folder.Path, "report", file);

    private Task<ProgramResult> RunAsync(string gateway, params string[] options) => ExternalProgram.RunAsync(
        Program, ["--gateway", gateway, "--output", Path.Combine(_folder.Path, "report"), "--seconds", "1", .. options]);
}
