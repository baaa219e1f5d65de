using System.Diagnostics;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary><c>status</c>: the page for who has a terminal and nothing else.</summary>
public sealed class StatusTests
{
    [Theory]
    [InlineData("127.0.0.1:0", "127.0.0.1")]
    [InlineData("[::]:0", "[::]")]
    [InlineData("0.0.0.0:0", "0.0.0.0")]
    public async Task Sessions_refusals_limits_and_identity_are_told_by_the_running_gateway(string admin, string asked)
    {
        await using var gateway = await GatewayProcess.StartAsync("auto", "--admin", admin, "--deny", "127.0.0.9");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var open = await RawClient.OpenAsync(gateway, target.EndPoint);
        for (var i = 0; i < 3; i++) await RawClient.CodeAsync(gateway, Socks5.Connect(new(System.Net.IPAddress.Parse("127.0.0.9"), 5432)));
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 3, () => gateway.Log.Text);
        var place = ("SOCKS5EGRESS_ADMIN", $"{asked}:{gateway.Admin.Port}");

        using var json = JsonDocument.Parse((await Cli.RunAsync(["status", "--json"], environment: place)).Output);
        var report = json.RootElement;
        Assert.Equal((true, 1, 3), (report.GetProperty("ready").GetBoolean(), report.GetProperty("sessions").GetInt32(), report.GetProperty("refused").GetInt32()));
        var refusal = Assert.Single(report.GetProperty("refusals").EnumerateArray());
        Assert.Equal(("policy-denied", 3, "127.0.0.9:5432"), (refusal.GetProperty("end").GetString(), refusal.GetProperty("count").GetInt32(), refusal.GetProperty("target").GetString()));
        Assert.Equal(target.EndPoint.ToString(), Assert.Single(report.GetProperty("targets").EnumerateArray()).GetProperty("target").GetString());
        Assert.Contains(report.GetProperty("limits").EnumerateArray(), limit => limit.GetProperty("name").GetString() == "sessions");

        var text = await Cli.RunAsync(["status"], environment: place);
        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        foreach (var words in (string[])["Ready, up ", "1 sessions", "3 x policy-denied to 127.0.0.9:5432", " UTC", "Egress identity"]) Assert.Contains(words, text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', text.Output);
    }

    [Fact]
    public async Task A_gateway_that_is_not_there_is_said_to_be_so_and_exits_1()
    {
        var result = await Cli.RunAsync(["status"], environment: ("SOCKS5EGRESS_ADMIN", "127.0.0.1:1"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("127.0.0.1:1", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Cli.RunAsync(["status"], environment: ("SOCKS5EGRESS_ADMIN", "nonsense"))).ExitCode);
        Assert.Equal(2, (await Cli.RunAsync(["status", "--admin", "off"])).ExitCode);
    }

    /// <summary>In a terminal of its own, as `fly ssh console` gives it one.</summary>
    [Fact]
    public async Task It_is_watched_until_a_signal()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto");
        using var process = Process.Start(new ProcessStartInfo(GatewayProcess.Executable, ["status", "--watch", "--admin", gateway.Admin.Authority]) { RedirectStandardOutput = true })!;
        using var deadline = Deadline.Token();
        for (var times = 0; times < 2;)
            if ((await process.StandardOutput.ReadLineAsync(deadline.Token))!.StartsWith("Ready, up ", StringComparison.Ordinal)) times++;
        Signals.Send(process.Id, Signals.Interrupt);
        await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task In_a_terminal_it_is_drawn_in_place()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto");
        var result = await ExternalProgram.RunAsync("script", ["-qec", $"timeout --foreground -s INT 4 {GatewayProcess.Executable} status --watch --admin {gateway.Admin.Authority}", "/dev/null"],
            new Dictionary<string, string> { ["TERM"] = "xterm-256color", ["COLUMNS"] = "100", ["LINES"] = "40" });
        Assert.Contains("\x1b[", result.Output, StringComparison.Ordinal);
        Assert.Contains("Ready, up ", result.Output, StringComparison.Ordinal);
    }
}
