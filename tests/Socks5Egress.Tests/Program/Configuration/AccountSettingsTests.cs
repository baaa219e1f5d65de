using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Hosting;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Program.Configuration;

/// <summary>Policies, accounts and routes as the file has them, and the rulebook they make.</summary>
public sealed class AccountSettingsTests
{
    private const string Whole = """
        { "Policies": { "db": { "Mode": "enforce", "Default": "none", "Allow": ["db.example.com:5432"], "Deny": [] },
                        "watch": { "Mode": "report", "Deny": ["*"] } },
          "Accounts": { "app": { "Policy": "db", "Clients": ["10.0.0.0/8"], "Sessions": 3, "Bind": ["198.51.100.7"] }, "old": {} },
          "Routes": [{ "Target": "*.partner.example", "Family": "ipv4", "Bind": ["198.51.100.9"] }, { "Target": "*:5432", "Family": "prefer-ipv4" }] }
        """;

    [Fact]
    public void A_user_is_judged_by_the_policy_of_its_account_and_others_by_the_general_one()
    {
        var rules = Rules(Whole);
        Assert.Equal(("db", PolicyMode.Enforce), (rules.Policies.For("app").Name, rules.Policies.For("app").Policy.Mode));
        Assert.Equal("general", rules.Policies.For("old").Name);
        Assert.Equal("default:none", rules.Policies.For("app").Policy.JudgeName(Destination.Of("www.example.com", 443)).Rule);
        Assert.Null(rules.Policies.For("old").Policy.JudgeName(Destination.Of("www.example.com", 443)).Rule);
        Assert.Equal((3, 0), (rules.SessionsOf("app"), rules.SessionsOf("old")));
    }

    [Theory]
    [InlineData("app", "10.1.2.3", null)]
    [InlineData("app", "::ffff:10.1.2.3", null)]
    [InlineData("app", "192.0.2.1", "account:clients")]
    [InlineData("old", "192.0.2.1", null)]
    [InlineData("gone", "10.1.2.3", "account:none")]
    [InlineData(null, "10.1.2.3", "account:none")]
    public void An_account_may_be_bound_to_places(string? user, string client, string? rule)
    {
        var stored = StoredPassword.Parse("sha256:" + new string(user == "old" ? '1' : '0', 64), out var password) is null ? password! : null;
        var login = user is null ? Login.Anonymous : new PasswordLogin(user, stored!);
        Assert.Equal(rule, GrantRules.RefusesLogin(Rules(Whole), new Grant(0) { Login = login, Client = IPAddress.Parse(client) }));
    }

    [Theory]
    [InlineData("app", "a.partner.example", "203.0.114.1", "IPv4", "198.51.100.9", "route:*.partner.example")]
    [InlineData("app", "db.example.com", "203.0.114.1", "PreferIPv4", "198.51.100.7", "route:*:5432")]
    [InlineData("old", "db.example.com", "203.0.114.1", "PreferIPv4", null, "route:*:5432")]
    public void A_route_goes_before_the_account_and_each_says_only_what_it_says(
        string user, string host, string address, string family, string? source, string? route)
    {
        var rules = Rules(Whole);
        var question = new TargetQuery { Host = host, Port = 5432 };
        var candidate = rules.Candidate(user, question, IPAddress.Parse(address));
        Assert.Equal((Enum.Parse<AddressFamilyPreference>(family), route), (candidate.Way.Family, candidate.Route));
        Assert.Equal(source, candidate.Way.Sources.For(candidate.Address)?.ToString());
    }

    [Theory]
    [InlineData("""{ "Accounts": { "nobody": {} } }""", "Accounts.nobody: there is no such user")]
    [InlineData("""{ "Accounts": { "app": { "Policy": "db" } } }""", "Accounts.app.Policy: there is no policy 'db'; define it under Policies")]
    [InlineData("""{ "Policies": { "x": {} }, "Accounts": { "app": { "Policy": "db" } } }""", "there are x")]
    [InlineData("""{ "Policies": { "x": { "Mode": "maybe" } } }""", "Policies.x.Mode: 'maybe' is none of enforce, report, open")]
    [InlineData("""{ "Routes": [{ "Family": "ipv4" }] }""", "Routes.0: there is no Target")]
    [InlineData("""{ "Routes": [{ "Target": "*" }] }""", "Routes.0: it says nothing")]
    [InlineData("""{ "Routes": [{ "Target": "*", "Family": "ipv6", "Bind": ["198.51.100.9"] }] }""", "Bind has no address of that family")]
    [InlineData("""{ "Accounts": { "app": { "Bind": ["198.51.100.9", "198.51.100.8"] } } }""", "are of one family")]
    public void What_makes_no_sense_is_named(string json, string error) =>
        Assert.Contains(Load(json).Errors, text => text.Contains(error, StringComparison.Ordinal));

    private static ConfigSnapshot Rules(string json)
    {
        var loaded = Load(json);
        Assert.Empty(loaded.Errors);
        Assert.Empty(loaded.Settings!.Warnings);
        return new SnapshotFactory(LocalEndpoints.None, 100, new FakeTimeProvider()).Of(loaded.Settings, null);
    }

    private static LoadedConfiguration Load(string json) => Loading.Load(
        environment: [$"SOCKS5EGRESS_USERS=app:sha256:{new string('0', 64)},old:sha256:{new string('1', 64)}"], json: json);
}
