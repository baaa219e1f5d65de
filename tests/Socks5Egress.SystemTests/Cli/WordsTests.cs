using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary>What the program as a process makes of its words.</summary>
public sealed class WordsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("explain")]
    [InlineData("forward")]
    [InlineData("hash-password")]
    [InlineData("status")]
    [InlineData("health")]
    [InlineData("egress")]
    [InlineData("egress list")]
    [InlineData("egress allocate")]
    [InlineData("egress release")]
    [InlineData("egress promote")]
    [InlineData("egress audit")]
    public async Task Every_verb_has_help_and_version(string verb)
    {
        var words = verb.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var help = await Cli.RunAsync([.. words, "--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains("Usage: socks5egress ", help.Output, StringComparison.Ordinal);

        var version = await Cli.RunAsync([.. words, "--version"]);
        Assert.Equal((0, ""), (version.ExitCode, version.Error));
        Assert.Matches(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", version.Output.Split('\n')[0]);
    }

    [Fact]
    public async Task All_errors_are_printed_at_once_each_with_its_option()
    {
        var lines = await Cli.RefusedAsync(
            ["run", "--bogus", "--listen", "localhost:1080", "--admin", "9180", "--idle-timeout", "10", "--family", "both", "--allow", "10.0.0.0/33",
             "--bind", "::", "--resolver", "dns", "--max-sessions", "0", "--transport", "iouring", "--log", "xml", "--users", "/nowhere/users"],
            ("SOCKS5EGRESS_Timeouts__Drain", "soon"));

        foreach (var option in new[] { "--bogus", "--listen", "--admin", "--idle-timeout", "--family", "--allow", "--bind", "--resolver", "--max-sessions",
                     "--transport", "--log", "--users", "SOCKS5EGRESS_Timeouts__Drain" })
            Assert.Single(lines, line => line.Contains(option + ":", StringComparison.Ordinal) || line.Contains($"'{option}'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--listen")]
    [InlineData("--idle-timeout=")]
    [InlineData("nonsense")]
    [InlineData("@words")]
    [InlineData("-- true")]
    [InlineData("--no-auth=true")]
    public async Task Words_that_mean_nothing_are_refused(string words)
        => Assert.NotEmpty(await Cli.RefusedAsync(words.Split(' ')));

    [Theory]
    [InlineData("0.0.0.0:0")]
    [InlineData("[::]:0")]
    public async Task A_listener_beyond_loopback_without_users_is_refused_without_no_auth(string endpoint)
    {
        var lines = await Cli.RefusedAsync(["run", "--listen", endpoint, "--admin", "off"]);

        Assert.Contains(lines, line => line.Contains("--listen", StringComparison.Ordinal) && line.Contains("--no-auth", StringComparison.Ordinal));
    }
}
