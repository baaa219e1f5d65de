using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class PrecedenceTests
{
    private const string File = """{ "Timeouts": { "Idle": "1s", "Connect": "1s", "Drain": "1s" } }""";

    [Fact]
    public void The_command_line_wins_over_the_environment_which_wins_over_the_file()
    {
        var timeouts = Settings(["Timeouts:Idle=3s"], ["SOCKS5EGRESS_Timeouts__Idle=2s", "SOCKS5EGRESS_Timeouts__Connect=2s"], File).Timeouts;

        Assert.Equal(3, timeouts.Idle.TotalSeconds);
        Assert.Equal(2, timeouts.Connect.TotalSeconds);
        Assert.Equal(1, timeouts.Drain.TotalSeconds);
    }

    [Fact]
    public void A_deny_rule_of_the_environment_replaces_the_whole_list_of_the_file()
    {
        const string Json = """{ "Policy": { "Deny": ["a.example", "b.example"], "Allow": ["c.example"] } }""";

        var policy = Settings(environment: ["SOCKS5EGRESS_Policy__Deny__0=d.example"], json: Json).Policy;

        Assert.Equal("d.example", Assert.Single(policy.Deny).Text);
        Assert.Equal("c.example", Assert.Single(policy.Allow).Text);
    }

    [Fact]
    public void A_rule_of_the_command_line_replaces_the_whole_list_of_the_environment()
    {
        var policy = Settings(["Policy:Deny:0=d.example"], ["SOCKS5EGRESS_Policy__Deny__0=a.example", "SOCKS5EGRESS_Policy__Deny__1=b.example"]).Policy;

        Assert.Equal("d.example", Assert.Single(policy.Deny).Text);
    }

    [Fact]
    public void An_empty_list_replaces_a_lower_one_too()
        => Assert.Empty(Settings(environment: ["SOCKS5EGRESS_Clients=[]"], json: """{ "Clients": ["10.0.0.0/8"] }""").Listeners[0].Clients);

    [Fact]
    public void Items_keep_their_numeric_order()
    {
        var variables = Enumerable.Range(0, 12).Reverse().Select(i => $"SOCKS5EGRESS_Policy__Allow__{i}=h{i}.example").ToArray();

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"h{i}.example"), Settings(environment: variables).Policy.Allow.Select(rule => rule.Text));
    }

    [Fact]
    public void A_comma_stands_between_items_but_belongs_to_the_ports_of_a_rule()
    {
        var settings = Settings(environment: ["SOCKS5EGRESS_Listen=127.0.0.1:1, [::1]:2", "SOCKS5EGRESS_Policy__Allow__0=a.example:80,443"]);

        Assert.Equal(["127.0.0.1:1", "[::1]:2"], settings.Listeners.Select(listener => listener.EndPoint.ToString()));
        Assert.Equal("a.example:80,443", Assert.Single(settings.Policy.Allow).Text);
    }

    [Fact]
    public void Listen_and_Listeners_are_one_list()
    {
        const string Json = """{ "Listeners": [{ "Address": "127.0.0.1:1" }, { "Address": "127.0.0.1:2" }] }""";

        Assert.Equal([1, 2], Settings(json: Json).Listeners.Select(listener => listener.EndPoint.Port));
        Assert.Equal([3], Settings(["Listen:0=127.0.0.1:3"], json: Json).Listeners.Select(listener => listener.EndPoint.Port));
        Assert.Empty(Settings(["Listen:0=127.0.0.1:3"], json: Json).Warnings);
    }

    [Fact]
    public void Variables_that_hold_secrets_or_the_place_of_the_file_are_no_keys()
    {
        var loaded = Load(environment: ["SOCKS5EGRESS_PASSWORD=secret", "FLY_API_TOKEN=secret", "HOME=/"]);

        Assert.Empty(loaded.Settings!.Warnings);
        Assert.DoesNotContain(loaded.Effective, setting => setting.Texts.Contains("secret"));
    }

    [Fact]
    public void An_item_of_a_list_is_not_filled_up_from_the_level_below()
    {
        const string Json = """{ "Listeners": [{ "Address": "127.0.0.1:1", "Clients": ["10.0.0.0/8"], "Protocols": ["http"] }] }""";

        var listener = Assert.Single(Settings(environment: ["SOCKS5EGRESS_Listeners__0__Address=127.0.0.1:2"], json: Json).Listeners);

        Assert.Equal((2, 0, ServedProtocols.All), (listener.EndPoint.Port, listener.Clients.Length, listener.Protocols));
    }

    [Fact]
    public void A_level_says_more_of_a_policy_that_another_level_has_begun()
    {
        const string Json = """{ "Policies": { "db": { "Allow": ["a.example"], "Default": "none" }, "web": {} } }""";

        var policies = Settings(environment: ["SOCKS5EGRESS_Policies__db__Deny__0=b.example"], json: Json).Policies;

        Assert.Equal(["db", "web"], policies.Select(policy => policy.Name).Order());
        var db = policies.Single(policy => policy.Name == "db");
        Assert.Equal(("a.example", "b.example", PolicyDefault.None), (db.Allow[0].Text, db.Deny[0].Text, db.Default));
    }

    [Fact]
    public void Keys_have_no_case() => Assert.Equal(2, Settings(environment: ["SOCKS5EGRESS_TIMEOUTS__IDLE=2s"]).Timeouts.Idle.TotalSeconds);
}
