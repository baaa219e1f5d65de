using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary>The levels of configuration, seen through <c>check</c>, which runs the code of <c>run</c>.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_command_line_wins_over_the_environment_which_wins_over_the_file()
    {
        var file = _folder.Write("gateway.json", """{ "Timeouts": { "Idle": "1s", "Connect": "1s", "Drain": "1s" }, "Policy": { "Deny": ["a.example", "b.example"] } }""");

        var timeouts = await CheckAsync(["--config", file, "--idle-timeout", "3s"],
            ("SOCKS5EGRESS_Timeouts__Idle", "2s"), ("SOCKS5EGRESS_Timeouts__Connect", "2s"), ("SOCKS5EGRESS_Policy__Deny__0", "c.example"));

        Assert.Equal("3s", timeouts.GetProperty("Timeouts").GetProperty("Idle").GetString());
        Assert.Equal("2s", timeouts.GetProperty("Timeouts").GetProperty("Connect").GetString());
        Assert.Equal("1s", timeouts.GetProperty("Timeouts").GetProperty("Drain").GetString());
        Assert.Equal("""["c.example"]""", JsonSerializer.Serialize(timeouts.GetProperty("Policy").GetProperty("Deny")));
    }

    [Fact]
    public async Task The_file_may_be_named_by_a_variable_and_the_option_wins()
    {
        var one = _folder.Write("one.json", """{ "Admin": "127.0.0.1:1" }""");
        var two = _folder.Write("two.json", """{ "Admin": "127.0.0.1:2" }""");

        Assert.Equal("127.0.0.1:1", (await CheckAsync([], ("SOCKS5EGRESS_CONFIG", one))).GetProperty("Admin").GetString());
        Assert.Equal("127.0.0.1:2", (await CheckAsync(["--config", two], ("SOCKS5EGRESS_CONFIG", one))).GetProperty("Admin").GetString());
    }

    [Fact]
    public async Task An_error_in_the_file_is_named_by_its_path()
    {
        var file = _folder.Write("gateway.json", """{ "Listeners": [{ "Address": "127.0.0.1:0" }, { "Address": "nowhere" }] }""");

        Assert.Contains(await Cli.RefusedAsync(["check", "--config", file]), line => line.Contains("gateway.json: Listeners[1].Address", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Users_of_the_command_line_win_over_those_of_the_environment()
    {
        var file = await StoredUsers.WriteAsync(_folder, ("filed", "x"));
        var stored = await StoredUsers.HashAsync("x", token: true);

        var result = await Cli.RunAsync(["check", "--users", file], null, ("SOCKS5EGRESS_USERS", "varied:" + stored));

        Assert.Contains("user filed: ***", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("varied", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_says_who_comes_in_where_and_what_each_may_reach()
    {
        var config = _folder.Write("who.json", """
            { "Policies": { "db": { "Default": "none", "Allow": ["db.example.com:5432"] } }, "Accounts": { "app": { "Policy": "db" } }, "Enable": ["udp"] }
            """);
        var token = "sha256:" + new string('a', 64);
        var result = await Cli.RunAsync(["check", "--who", "--config", config], null, ("SOCKS5EGRESS_USERS", $"app:{token},ops:{token}"));
        Assert.Equal(0, result.ExitCode);
        var rows = result.Output.Split('\n').Select(row => System.Text.RegularExpressions.Regex.Replace(row.Trim(), " {2,}", "|"));
        Assert.Contains("app|token|db|everywhere|127.0.0.1:1080 socks5,http+udp|only db.example.com:5432", rows);
        Assert.Contains("ops|token|general|everywhere|127.0.0.1:1080 socks5,http+udp|public addresses", rows);
    }

    [Fact]
    public async Task A_users_file_that_everybody_can_read_is_refused()
    {
        var file = await StoredUsers.WriteAsync(_folder, ("app", "x"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.OtherRead);

        Assert.Contains(await Cli.RefusedAsync(["run", "--users", file]), line => line.Contains("--users", StringComparison.Ordinal) && line.Contains("chmod", StringComparison.Ordinal));
    }

    private static async Task<JsonElement> CheckAsync(string[] words, params (string Key, string Value)[] environment)
    {
        var result = await Cli.RunAsync(["check", "--json", .. words], null, environment);
        Assert.True(result.ExitCode == 0, result.ToString());
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.GetProperty("configuration").Clone();
    }
}
