using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>What the running gateway says it would do, at its admin address; and the verb of that name for a file.</summary>
public sealed class ExplainTests
{
    private const string Rules = """
        { "Policy": { "Default": "none", "Deny": ["203.0.114.9"] },
          "Policies": { "db": { "Default": "none", "Allow": ["203.0.114.1:5432", "127.0.0.1:5432"] } },
          "Accounts": { "app": { "Policy": "db" } } }
        """;

    [Theory]
    [InlineData("app", "203.0.114.1:5432", "allow", "allow:203.0.114.1:5432", "db")]
    [InlineData("app", "127.0.0.1:5432", "allow", "allow:127.0.0.1:5432", "db")]
    [InlineData("app", "203.0.114.1:5433", "deny", "default:none", "db")]
    [InlineData("", "203.0.114.9:5432", "deny", "deny:203.0.114.9", "general")]
    [InlineData("-", "10.0.0.1:5432", "deny", "default:private", "general")]
    public async Task The_verdict_at_the_admin_address_is_that_of_the_running_rules(string user, string target, string verdict, string rule, string policy)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await StartAsync(folder);
        var explained = await ExplainAsync(gateway, user, target);
        Assert.Equal(
            (verdict, rule, policy, target),
            (explained.GetProperty("verdict").GetString(), explained.GetProperty("rule").GetString(), explained.GetProperty("policy").GetString(),
                explained.GetProperty("target").GetString()));

        // The words say the same, and so does the verb for the file
        var (status, words) = await AdminPage.GetAsync(gateway, $"/explain?user={user}&target={target}");
        Assert.Equal(HttpStatusCode.OK, status);
        var name = user.Length == 0 ? "-" : user;
        string[] arguments =
            ["explain", name, target, "--config", Path.Combine(folder.Path, "gateway.json"), "--users", Path.Combine(folder.Path, "users")];
        Assert.Equal(words, (await ExternalProgram.RunAsync(GatewayProcess.Executable, arguments)).Output);
    }

    [Fact]
    public async Task A_reload_changes_what_it_says()
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await StartAsync(folder);
        Assert.Equal("allow", (await ExplainAsync(gateway, "app", "203.0.114.1:5432")).GetProperty("verdict").GetString());
        folder.Write("gateway.json", Rules.Replace("203.0.114.1:5432", "203.0.114.2:5432", StringComparison.Ordinal));
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");
        Assert.Equal("deny", (await ExplainAsync(gateway, "app", "203.0.114.1:5432")).GetProperty("verdict").GetString());
        Assert.Equal("allow", (await ExplainAsync(gateway, "app", "203.0.114.2:5432")).GetProperty("verdict").GetString());
    }

    [Theory]
    [InlineData("/explain")]
    [InlineData("/explain?user=app")]
    [InlineData("/explain?target=")]
    [InlineData("/explain?target=nothing")]
    [InlineData("/explain?target=203.0.114.1:65536&json")]
    public async Task What_is_no_target_is_a_bad_request(string path)
    {
        await using var gateway = await GatewayProcess.StartAsync("sockets");
        var (status, body) = await AdminPage.GetAsync(gateway, path);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("Ask for /explain?user=USER&target=HOST:PORT.\n", body);
    }

    [Fact]
    public async Task Control_characters_come_back_escaped()
    {
        await using var gateway = await GatewayProcess.StartAsync("sockets");
        foreach (var form in new[] { "", "&json" })
        {
            var (status, body) = await AdminPage.GetAsync(gateway, "/explain?user=%1B[31m&target=%0A%1B%22:80" + form);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.DoesNotContain(body, character => character is not ('\n' or '\r') && char.IsControl(character));
            Assert.Contains("u001b", body, StringComparison.OrdinalIgnoreCase);
            if (form.Length == 0) Assert.Equal(body.Length - 1, body.IndexOf('\n'));
        }
    }

    private static async Task<JsonElement> ExplainAsync(GatewayProcess gateway, string user, string target)
    {
        var (status, body) = await AdminPage.GetAsync(gateway, $"/explain?user={user}&target={target}&json");
        Assert.Equal(HttpStatusCode.OK, status);
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    private static async Task<GatewayProcess> StartAsync(TemporaryFolder folder)
    {
        var users = await StoredUsers.WriteAsync(folder, ("app", "a"));
        return await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "sockets",
            Options = ["--config", folder.Write("gateway.json", Rules), "--users", users],
        });
    }
}
