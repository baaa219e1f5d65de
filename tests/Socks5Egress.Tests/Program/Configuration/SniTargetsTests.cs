using System.Net;
using Socks5Egress.Gateway.Commands.FirstFlight;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

/// <summary>Forwards that find their server by the name in a hello, and what a policy asks of a first flight: as they are written, and what they mean.</summary>
public sealed class SniTargetsTests
{
    private static (int At, string Target) Find(ForwardOptions options, string? sni) =>
        options.Names!.Find(sni, out var target) is var at and >= 0 ? (at, target.ToString()) : (-1, "");

    [Fact]
    public void A_prefix_holds_for_the_rest_of_the_list_and_each_item_has_its_port()
    {
        var options = Assert.Single(Settings(["Forwards:0=5432=sni:*.pg.example.com, db.example.com:6432,sni:*.a.pg.example.com"]).Forwards).Options;
        Assert.Equal(["*.pg.example.com:5432", "db.example.com:6432", "*.a.pg.example.com:5432"], options.Targets.Select(target => target.ToString()));
        Assert.Equal(TargetCheckKind.Off, options.Check);
        Assert.Equal((0, "x.pg.example.com:5432"), Find(options, "X.pg.EXAMPLE.com"));
        Assert.Equal((0, "x.y.pg.example.com:5432"), Find(options, "x.y.pg.example.com."));
        Assert.Equal((2, "x.a.pg.example.com:5432"), Find(options, "x.a.pg.example.com"));
        Assert.Equal((1, "db.example.com:6432"), Find(options, "db.example.com"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("pg.example.com")]
    [InlineData("xpg.example.com")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("a\0.pg.example.com")]
    [InlineData("*.pg.example.com")]
    [InlineData("a..pg.example.com")]
    [InlineData(".pg.example.com")]
    [InlineData("a.pg.example.com..")]
    [InlineData("")]
    public void What_no_pattern_names_leads_nowhere(string? sni) =>
        Assert.Equal(-1, Find(Assert.Single(Settings(["Forwards:0=5432=sni:*.pg.example.com"]).Forwards).Options, sni).At);

    [Fact]
    public void The_file_says_the_same()
    {
        var options = Assert.Single(Settings(json: """
            { "Forwards": [{ "Listen": "127.0.0.1:0", "Preset": "postgres", "Targets": ["sni:*.pg.example.com", "db.example.com:1"], "RequireTls": "enforce" }] }
            """).Forwards).Options;
        Assert.Equal(["*.pg.example.com:5432", "db.example.com:1"], options.Targets.Select(target => target.ToString()));
    }

    [Theory]
    [InlineData("5432=sni:10.0.0.1", "addresses stand in no ClientHello")]
    [InlineData("5432=sni:*", "write a host name or *.suffix")]
    [InlineData("0=sni:db.example.com", "has no port")]
    [InlineData("5432=sni:db.example.com:1-5", "several ports")]
    [InlineData("5432=a.example:1,sni:b.example", "either fixed servers or names")]
    [InlineData("3306=sni:db.example.com", "the server speaks first")]
    [InlineData("5432=sni:db.example.com:3306", "the server speaks first")]
    [InlineData("5432=sni:db_*.example.com", "no name to find a server by")]
    public void What_cannot_be_is_an_error(string forward, string sentence) =>
        Assert.Contains(sentence, Error([$"Forwards:0={forward}"]), StringComparison.Ordinal);

    [Fact]
    public void MySql_is_refused_by_its_preset() => Assert.Contains("the server speaks first", Error(json: """
        { "Forwards": [{ "Listen": "127.0.0.1:1", "Preset": "mysql", "Targets": ["sni:db.example.com:9999"] }] }
        """), StringComparison.Ordinal);

    [Fact]
    public void Beyond_loopback_clients_are_needed_whatever_else_is_said()
    {
        Assert.Contains("--clients", Error(["Forwards:0=0.0.0.0:5432=sni:a.example"]), StringComparison.Ordinal);
        Assert.Contains("--clients", Error(["Forwards:0=0.0.0.0:5432=sni:a.example", "NoAuth=true"]), StringComparison.Ordinal);
        Assert.Single(Settings(["Forwards:0=0.0.0.0:5432=sni:a.example", "Clients:0=10.0.0.0/8"]).Forwards);
    }

    [Fact]
    public void A_policy_that_says_nothing_of_tls_has_what_the_option_says()
    {
        var settings = Settings(["Policy:RequireTls=enforce"], json: """
            { "Policy": { "Sni": "match" }, "Policies": { "a": {}, "b": { "RequireTls": "report", "Sni": "off" }, "c": { "RequireTls": "off" } },
              "Forwards": [{ "Listen": "1", "Targets": ["a.example:1"], "RequireTls": "off" }, { "Listen": "2", "Targets": ["a.example:1"] }] }
            """);
        Assert.Equal(new TlsRequirement(TlsMode.Enforce, true), settings.Policy.Tls);
        Assert.Equal(
            [new TlsRequirement(TlsMode.Enforce, true), new(TlsMode.Report, false), new(TlsMode.Off, true)], settings.Policies.OrderBy(each => each.Name).Select(each => each.Tls));
        Assert.Equal([TlsMode.Off, null], settings.Forwards.Select(each => each.RequiresTls));
    }

    [Fact]
    public void A_pattern_opens_what_is_public_and_nothing_private()
    {
        Assert.True(Rule.TryParse("*.example.com:5432", out var rule, out _));
        var pattern = new IndexedRule(0, "forward:sni:*.example.com:5432", rule, rule.Ports!) { IsWide = true };
        EgressPolicy Policy(string? allow, string? deny) => new(Parsed(allow), Parsed(deny), PolicyDefault.None, PolicyMode.Enforce, LocalEndpoints.None);
        Assert.Equal("forward:sni:*.example.com:5432", Judge(Policy(null, null), "8.8.8.8"));
        Assert.Equal("default:private", Judge(Policy(null, null), "10.0.0.1"));
        Assert.Equal("allow:10.0.0.0/8", Judge(Policy("10.0.0.0/8", null), "10.0.0.1"));
        Assert.Equal("deny:db.example.com", Judge(Policy(null, "db.example.com"), "8.8.8.8"));

        string Judge(EgressPolicy policy, string address)
        {
            var name = policy.JudgeName(Destination.Of("db.example.com", 5432), pattern);
            return name.Decision == NameDecision.Refused ? name.Rule! : policy.JudgeAddress(name.Question, IPAddress.Parse(address)).Rule;
        }

        static Rule[] Parsed(string? text) => text is not null && Rule.TryParse(text, out var rule, out _) ? [rule] : [];
    }

    [Theory]
    [InlineData("db.example.com", "DB.example.com.", true)]
    [InlineData("db.example.com", "other.example.com", false)]
    [InlineData("db.example.com", null, false)]
    [InlineData("db", "db.corp.example", true)]
    [InlineData("db", "db.other.example", false)]
    [InlineData("8.8.8.8", null, true)]
    [InlineData("8.8.8.8", "db.example.com", true)]
    [InlineData("8.8.8.8", "denied.example", false)]
    [InlineData("8.8.8.8", "8.8.8.8", false)]
    [InlineData("8.8.8.8", "a\0b", false)]
    public void A_name_in_a_hello_has_to_be_the_one_that_was_asked_for(string asked, string? sni, bool expected)
    {
        Assert.True(Rule.TryParse("denied.example", out var deny, out _));
        var policy = new EgressPolicy([], [deny], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None);
        var target = IPAddress.TryParse(asked, out var address) ? Destination.Of(address, 5432) : Destination.Of(asked, 5432);
        var dialled = asked == "db" ? Destination.Of("db.corp.example", 5432) : target;
        Assert.Equal(expected, SniRule.Admits(policy, target, dialled, IPAddress.Parse("8.8.8.8"), sni));
    }
}
