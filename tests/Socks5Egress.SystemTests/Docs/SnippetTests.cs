using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Docs;

/// <summary>What the pages show beside commands and programs: configuration files are accepted, YAML and fly.toml can be read, and no command stands where no test runs it.</summary>
public sealed partial class SnippetTests
{
    // What a configuration of a page leaves to the text around it: users, certificates, issuers, and a policy that another example has
    private static readonly string[] Around =
    [
        "--users", "users", "--tls-client-ca", "ca.pem", "--tls-cert", "gateway.crt", "--tls-key", "gateway.key", "--oidc", "issuer=https://oidc.fly.io/acme;audience=gw.example.com;user=app_name",
    ];

    public static TheoryData<string, string> Configurations =>
        [.. Blocks("json").Where(block => !block.Page.StartsWith("src", StringComparison.Ordinal))];

    public static TheoryData<string, string> Yaml => [.. Blocks("yaml")];

    public static TheoryData<string, string> FlyToml => [.. Blocks("toml")];

    [Theory, MemberData(nameof(Configurations))]
    public async Task A_configuration_of_the_pages_is_accepted(string page, string text)
    {
        using var folder = new TemporaryFolder();
        using var certificates = new Certificates();
        var server = certificates.Server();
        File.Copy(server.File, Path.Combine(folder.Path, "gateway.crt"));
        folder.WriteSecret("gateway.key", await File.ReadAllTextAsync(server.KeyFile, TestContext.Current.CancellationToken));
        File.Copy(certificates.AuthorityFile, Path.Combine(folder.Path, "ca.pem"));
        var stored = await StoredUsers.HashAsync("word", token: true);
        folder.WriteSecret("users", $"app:{stored}\nreports:{stored}\n");
        folder.Write("gateway.json", text);
        // The same with a key that means nothing is refused: the check has read the file
        folder.Write("wrong.json", text[..text.LastIndexOf('}')] + ", \"Polcy\": 1 }");
        var (good, wrong) = (await CheckAsync("gateway.json"), await CheckAsync("wrong.json"));
        Assert.True(good.ExitCode == 0, $"{page}: {text}\n{good}");
        Assert.True(wrong.ExitCode == 2 && wrong.ToString().Contains("Polcy", StringComparison.Ordinal), wrong.ToString());

        Task<ProgramResult> CheckAsync(string file) => ExternalProgram.RunAsync(
            "bash", ["-c", $"cd '{folder.Path}' && exec \"$@\"", "-", GatewayProcess.Executable, "check", "--config", file, .. Around],
            new Dictionary<string, string> { ["SOCKS5EGRESS_Policies__db__Default"] = "none" });
    }

    [Theory, MemberData(nameof(FlyToml))]
    public async Task A_fly_toml_of_the_pages_has_no_error(string page, string text)
    {
        using var folder = new TemporaryFolder();
        // They are parts of a file, so that it warns of what they lack
        var (good, wrong) = (await CheckAsync(text), await CheckAsync(text.Replace("SOCKS5EGRESS_", "SOCKS5EGRESS_Polcy__", StringComparison.Ordinal)));
        Assert.False(Fault().IsMatch(good.ToString()), $"{page}: {text}\n{good}");
        Assert.Matches(Fault(), wrong.ToString());

        Task<ProgramResult> CheckAsync(string toml) => ExternalProgram.RunAsync(GatewayProcess.Executable, ["check", folder.Write("fly.toml", toml)]);
    }

    [Theory, MemberData(nameof(Yaml))]
    public async Task Yaml_of_the_pages_can_be_read(string page, string text)
    {
        var result = await ExternalProgram.RunAsync("python3", ["-c", "import sys, yaml; assert isinstance(yaml.safe_load(sys.stdin), dict)"], input: text);
        Assert.True(result.ExitCode == 0, $"{page}: {text}\n{result}");
    }

    [Fact]
    public void No_command_stands_in_a_block_that_no_test_runs() =>
        // The synopses of the reference are held by VerbReferenceTests
        Assert.DoesNotContain(Blocks(""), block => block.Page != Path.Combine("docs", "reference.md") && Program().IsMatch(block.Text));

    private static IEnumerable<(string Page, string Text)> Blocks(string language) =>
        DocumentedCommands.Pages.SelectMany(page => Block().Matches(File.ReadAllText(page))
            .Where(block => block.Groups[1].Value == language)
            .Select(block => (Path.GetRelativePath(RepositoryRoot.Path, page), block.Groups[2].Value)));

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("stops the gateway from starting|: critical: ")]
    private static partial Regex Fault();

    [GeneratedRegex(@"^(socks5egress|psql|curl|fly|docker|dotnet|openssl) ", RegexOptions.Multiline)]
    private static partial Regex Program();
}
