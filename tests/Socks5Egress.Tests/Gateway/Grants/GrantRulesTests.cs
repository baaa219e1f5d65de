using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Hosting;
using Socks5Egress.Protocol;
using Socks5Egress.Tests.Program.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Grants;

/// <summary>Each kind of live thing, by what it was granted, under each kind of change.</summary>
public sealed class GrantRulesTests
{
    private const string Users = "app:sha256:0000000000000000000000000000000000000000000000000000000000000000,other:sha256:1111111111111111111111111111111111111111111111111111111111111111";
    private const string Before = """
        { "Listeners": [{ "Address": "127.0.0.1:1080", "Clients": ["192.0.2.0/24"] }], "Enable": ["bind", "udp"],
          "Policies": { "db": { "Default": "none", "Allow": ["db.example.com:5432", "203.0.114.0/24"] } },
          "Accounts": { "app": { "Policy": "db" } } }
        """;

    public static TheoryData<string, string, string?> Table()
    {
        // What each change forbids: (change, rule), and by which things it is felt
        (string Change, string Rule, string[] Things)[] changes =
        [
            ("nothing", "", []),
            ("user removed", "account:none", ["handshake", "dial", "wait", "association", "request", "relay"]),
            ("password changed", "account:password", ["handshake", "dial", "wait", "association", "request", "relay"]),
            ("account clients", "account:clients", ["handshake", "dial", "wait", "association", "request", "relay"]),
            ("clients", "listener:clients", ["handshake", "connection", "dial", "wait", "association", "request", "relay"]),
            ("proxy header", "listener:proxy-protocol", ["handshake", "connection", "dial", "wait", "association", "request", "relay"]),
            ("socks5 disabled", "listener:protocols", ["handshake", "dial", "wait", "association", "relay"]),
            ("http disabled", "listener:protocols", ["connection", "request"]),
            ("commands disabled", "enable", ["wait", "association"]),
            ("listener removed", "listener:none", ["handshake", "connection", "dial", "wait", "association", "request", "relay"]),
            ("policy denies the name", "deny:db.example.com", ["dial", "wait", "request", "relay"]),
            ("policy denies the address", "deny:203.0.114.9", ["dial", "wait", "request", "relay"]),
            ("account policy", "default:none", ["dial", "wait", "request", "relay"]),
            ("route by another family", "route:db.example.com", ["relay"]),
            ("route from another address", "route:db.example.com", ["relay"]),
            ("bind", "bind", ["relay"]),
            ("account bind", "bind", ["relay"]),
        ];
        var table = new TheoryData<string, string, string?>();
        foreach (var (change, rule, things) in changes)
        {
            foreach (var thing in (string[])["accepted", "handshake", "connection", "dial", "wait", "association", "request", "relay"])
                table.Add(thing, change, things.Contains(thing) || (thing == "accepted" && change == "listener removed") ? rule : null);
        }
        return table;
    }

    [Theory, MemberData(nameof(Table))]
    public void A_grant_holds_or_the_rule_is_named(string thing, string change, string? rule)
    {
        Assert.Null(GrantRules.Refuses(Rules(Before, Users, null), Thing(thing)));
        Assert.Equal(rule, GrantRules.Refuses(Changed(change), Thing(thing)));
    }

    [Fact]
    public void A_lookup_is_forbidden_by_its_name_and_a_dial_only_when_no_address_is_left()
    {
        var denied = Changed("policy denies the address");
        Assert.Null(GrantRules.Refuses(denied, Thing("dial") with { Candidates = [] }));
        Assert.Null(GrantRules.Refuses(denied, Thing("dial") with { Candidates = [IPAddress.Parse("203.0.114.9"), IPAddress.Parse("203.0.114.8")] }));
    }

    [Fact]
    public void Without_a_login_a_client_may_stay_until_one_is_asked_for()
    {
        var grant = new Grant(0) { Client = IPAddress.Loopback, Protocol = ServedProtocols.Socks5, Login = Login.Anonymous };
        Assert.Null(GrantRules.Refuses(Rules("{}", null, null), grant));
        Assert.Equal("account:none", GrantRules.Refuses(Rules("{}", Users, null), grant));
    }

    [Theory]
    [InlineData("\"required\", \"ProxyProtocolFrom\": [\"198.51.100.0/24\"]", null)]
    [InlineData("\"required\", \"ProxyProtocolFrom\": [\"198.51.100.2\"]", "listener:proxy-protocol")]
    [InlineData("\"off\"", "listener:proxy-protocol")]
    public void Who_was_named_by_a_header_stays_while_its_sender_may_name_clients(string header, string? rule)
    {
        var grant = Thing("relay") with { Sender = IPAddress.Parse("198.51.100.1") };
        Assert.Equal(rule, GrantRules.Refuses(Rules(Before.Replace("\"Clients\"", $"\"ProxyProtocol\": {header}, \"Clients\""), Users, null), grant));
    }

    private static ConfigSnapshot Changed(string change) => change switch
    {
        "nothing" => Rules(Before, Users, null),
        "user removed" => Rules("""{ "Listeners": [{ "Address": "127.0.0.1:1080" }], "Enable": ["bind", "udp"] }""", Users[(Users.IndexOf(',') + 1)..], null),
        "password changed" => Rules(Before, "app:sha256:2222222222222222222222222222222222222222222222222222222222222222", null),
        "account clients" => Rules(Before.Replace("\"Policy\": \"db\"", "\"Policy\": \"db\", \"Clients\": [\"198.51.100.0/24\"]"), Users, null),
        "clients" => Rules(Before.Replace("192.0.2.0/24", "198.51.100.0/24"), Users, null),
        "proxy header" => Rules(Before.Replace("\"Clients\"", "\"ProxyProtocol\": \"required\", \"Clients\""), Users, null),
        "socks5 disabled" => Rules(Before.Replace("\"Clients\"", "\"Protocols\": [\"http\"], \"Clients\""), Users, null),
        "http disabled" => Rules(Before.Replace("\"Clients\"", "\"Protocols\": [\"socks5\"], \"Clients\""), Users, null),
        "commands disabled" => Rules(Before.Replace("\"bind\", \"udp\"", ""), Users, null),
        "listener removed" => Rules("""{ "Listeners": [{ "Address": "127.0.0.1:1081" }], "Accounts": { "app": {} } }""", Users, Before),
        "policy denies the name" => Rules(Before.Replace("\"Default\"", "\"Deny\": [\"db.example.com\"], \"Default\""), Users, null),
        "policy denies the address" => Rules(Before.Replace("\"Default\"", "\"Deny\": [\"203.0.114.9\"], \"Default\""), Users, null),
        "account policy" => Rules(Before.Replace("\"db.example.com:5432\", \"203.0.114.0/24\"", "\"www.example.com\""), Users, null),
        "route by another family" => Rules(With("\"Routes\": [{ \"Target\": \"db.example.com\", \"Family\": \"ipv6\" }]"), Users, null),
        "route from another address" => Rules(With("\"Routes\": [{ \"Target\": \"db.example.com\", \"Bind\": [\"198.51.100.7\"] }]"), Users, null),
        "bind" => Rules(With("\"Bind\": [\"198.51.100.7\"]"), Users, null),
        "account bind" => Rules(Before.Replace("\"Policy\": \"db\"", "\"Policy\": \"db\", \"Bind\": [\"198.51.100.7\"]"), Users, null),
        _ => throw new ArgumentException(change),
    };

    private static Grant Thing(string kind)
    {
        var accepted = new Grant(0);
        var connection = accepted with { Client = IPAddress.Parse("192.0.2.5"), Protocol = ServedProtocols.Http };
        Assert.Null(StoredPassword.Parse("sha256:0000000000000000000000000000000000000000000000000000000000000000", out var stored));
        var handshake = connection with { Protocol = ServedProtocols.Socks5, Login = new PasswordLogin("app", stored!) };
        var dial = handshake with { Target = Destination.Of("db.example.com", 5432), Candidates = [IPAddress.Parse("203.0.114.9")] };
        return kind switch
        {
            "accepted" => accepted,
            "connection" => connection,
            "handshake" => handshake,
            "dial" => dial,
            "wait" => dial with { Command = ServedCommands.Bind },
            "association" => handshake with { Command = ServedCommands.Udp },
            "request" => dial with { Protocol = ServedProtocols.Http },
            "relay" => dial with { Address = IPAddress.Parse("203.0.114.9"), Source = IPAddress.Parse("192.0.2.77") },
            _ => throw new ArgumentException(kind),
        };
    }

    private static string With(string setting) => Before.TrimEnd()[..^1] + ", " + setting + " }";

    private static ConfigSnapshot Rules(string json, string? users, string? opened)
    {
        string[] environment = users is null ? [] : ["SOCKS5EGRESS_USERS=" + users];
        var loaded = Loading.Load(environment: environment, json: json);
        Assert.Empty(loaded.Errors);
        var entrances = opened is null ? null : ListenerPolicies.Of(Loading.Load(environment: environment, json: opened).Settings!);
        return new SnapshotFactory(LocalEndpoints.None, 100, new FakeTimeProvider()) { Entrances = entrances }.Of(loaded.Settings!, null);
    }
}
