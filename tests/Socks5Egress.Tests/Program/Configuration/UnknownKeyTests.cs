using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

/// <summary>What is written and means nothing is refused, by its path: a rule that is not read leaves a door open.</summary>
public sealed class UnknownKeyTests
{
    [Theory]
    [InlineData("""{ "Polcy": { "Default": "none" } }""", ": Polcy: there is no such setting; the nearest is Policy")]
    [InlineData("""{ "Polcy": {} }""", ": Polcy: there is no such setting; the nearest is Policy")]
    [InlineData("""{ "Polcy": [] }""", ": Polcy: there is no such setting; the nearest is Policy")]
    [InlineData("""{ "Policy": { "Defualt": "none" } }""", ": Policy.Defualt: there is no such setting; the nearest is Policy.Default")]
    [InlineData("""{ "Policy": { "Deny ": ["a"] } }""", ": Policy.Deny : there is no such setting; the nearest is Policy.Deny")]
    [InlineData("""{ "Default": "none" }""", ": Default: there is no such setting; the nearest is Policy.Default")]
    [InlineData("""{ "Policies": { "db": { "Allwo": ["a"] } } }""", ": Policies.db.Allwo: there is no such setting; the nearest is Policies.db.Allow")]
    [InlineData("""{ "Listeners": [{ "Address": "127.0.0.1:1", "Protocls": ["http"] }] }""", ": Listeners[0].Protocls: there is no such setting; the nearest is Listeners.0.Protocols")]
    [InlineData("""{ "Listeners": [{ "Address": "127.0.0.1:1", "Tls": { "Crt": "x" } }] }""", ": Listeners[0].Tls.Crt: there is no such setting; the nearest is Listeners.0.Tls.Cert")]
    [InlineData("""{ "Routes": [{ "Target": "a", "Family": "ipv4", "Bnd": "1" }] }""", ": Routes[0].Bnd: there is no such setting; the nearest is Routes.0.Bind")]
    public void A_key_of_the_file(string json, string error) => Assert.EndsWith(error, Error(json: json), StringComparison.Ordinal);

    [Theory]
    [InlineData("SOCKS5EGRESS_ALLOW", "SOCKS5EGRESS_Policy__Allow__0")]
    [InlineData("SOCKS5EGRESS_Timeouts__Idel", "SOCKS5EGRESS_Timeouts__Idle")]
    [InlineData("SOCKS5EGRESS_Polcy__Default", "SOCKS5EGRESS_Policy__Default")]
    [InlineData("SOCKS5EGRESS_Listen_", "SOCKS5EGRESS_Listen")]
    [InlineData("SOCKS5EGRESS_USER", "SOCKS5EGRESS_USERS")]
    [InlineData("SOCKS5EGRESS_Users", "SOCKS5EGRESS_USERS")]
    [InlineData("SOCKS5EGRESS_CONFIG_FILE", "SOCKS5EGRESS_CONFIG")]
    public void A_variable(string name, string nearest) => Assert.Equal(
        $"{name}: there is no such setting; the nearest is {nearest}", Error(environment: [name + "=S3CRET"]));

    [Fact]
    public void Only_what_begins_as_a_comment_is_passed_over_at_any_depth() => Settings(json: """
        {
          "//": "x", "$schema": "y", "//Policy": { "a": [null] },
          "Policy": { "//why": 1, "$x": null },
          "Policies": { "//db": 7, "db": { "$a": [] } },
          "Listeners": [{ "Address": "127.0.0.1:1", "//": { "a": 1 }, "Tls": { "//": 1 } }]
        }
        """);

    [Theory]
    [InlineData("""{ "Policy": "none" }""", ": Policy: must be an object")]
    [InlineData("""{ "Policy": [] }""", ": Policy: must be an object")]
    [InlineData("""{ "Policies": ["db"] }""", ": Policies: must be an object with a name before each, not a list")]
    [InlineData("""{ "Policies": [{ "Default": "none" }] }""", ": Policies: must be an object with a name before each, not a list")]
    [InlineData("""{ "Accounts": { "app": "db" } }""", ": Accounts.app: must be an object")]
    [InlineData("""{ "Accounts": { "app": [] } }""", ": Accounts.app: must be an object")]
    [InlineData("""{ "Accounts": 5 }""", ": Accounts: must be an object")]
    [InlineData("""{ "Listeners": { "a": { "Address": "127.0.0.1:1" } } }""", ": Listeners: must be a list of objects")]
    [InlineData("""{ "Listeners": ["127.0.0.1:1"] }""", ": Listeners[0]: must be a list of objects")]
    [InlineData("""{ "Listeners": [] }""", "Listeners: there is nowhere to listen")]
    [InlineData("""{ "Listen": [] }""", "Listen: there is nowhere to listen")]
    [InlineData("""{ "Listen": { "a": "127.0.0.1:1" } }""", ": Listen: must be a list of texts")]
    [InlineData("""{ "Policy": { "Deny": { "0": "a" } } }""", ": Policy.Deny: must be a list of texts")]
    [InlineData("""{ "Policy": { "Deny": {} } }""", ": Policy.Deny: must be a list of texts")]
    [InlineData("""{ "Policy": { "Deny": [["a"]] } }""", ": Policy.Deny[0]: must be a list of texts")]
    [InlineData("""{ "Policy": { "Deny": [{}] } }""", ": Policy.Deny[0]: must be a list of texts")]
    [InlineData("""{ "Policy": { "Deny": null } }""", ": Policy.Deny is null")]
    [InlineData("""{ "Policy": { "Deny": ["a", null] } }""", ": Policy.Deny[1] is null")]
    [InlineData("""{ "Policy": { "Deny": [443] } }""", ": Policy.Deny[0]: ")]
    [InlineData("""{ "Policy": { "Deny": [true] } }""", ": Policy.Deny[0]: must be a text")]
    [InlineData("""{ "Policy": { "Default": ["none"] } }""", ": Policy.Default: must be one value")]
    [InlineData("""{ "Admin": {} }""", ": Admin: must be one value")]
    [InlineData("""{ "Admin": false }""", ": Admin: 'false' is not ADDR:PORT")]
    [InlineData("""{ "UsersFile": 5 }""", ": UsersFile: ")]
    [InlineData("""{ "Limits": { "Sessions": true } }""", ": Limits.Sessions: 'true' is not a number")]
    [InlineData("""{ "Timeouts": 5 }""", ": Timeouts: must be an object")]
    [InlineData("""{ "Admin": "off", "Admin": "127.0.0.1:1" }""", ": Admin is given twice")]
    [InlineData("""{ "Policy": {}, "policy": { "Deny": ["a"] } }""", ": policy is given twice")]
    [InlineData("""{ "Policies": { "a:b": {} } }""", ": Policies.a:b: a key is not empty and has no colon")]
    [InlineData("""{ "": 1 }""", ": : a key is not empty and has no colon")]
    [InlineData("""{ "Admin": "\ud800" }""", ": Admin: holds half a character")]
    [InlineData("""{ "\ud800": 1 }""", "a key in it holds half a character")]
    public void A_value_of_the_wrong_kind(string json, string error) => Assert.Contains(Load(json: json).Errors, found => found.Contains(error, StringComparison.Ordinal));

    [Theory]
    [InlineData("SOCKS5EGRESS_PORT", "tcp://10.0.0.1:1080")]
    [InlineData("SOCKS5EGRESS_PORT_1080_TCP", "tcp://10.0.0.1:1080")]
    [InlineData("SOCKS5EGRESS_PORT_1080_TCP_ADDR", "10.0.0.1")]
    [InlineData("SOCKS5EGRESS_SERVICE_HOST", "10.0.0.1")]
    [InlineData("SOCKS5EGRESS_SERVICE_PORT_SOCKS", "1080")]
    [InlineData("SOCKS5EGRESS_VIA", "socks5://gw")]
    [InlineData("SOCKS5EGRESS_LONG", "1")]
    public void Variables_that_are_no_settings_are_left_alone(string name, string value) => Settings(environment: [name + "=" + value]);

    [Fact]
    public void Two_variables_of_one_setting_must_agree()
    {
        Settings(environment: ["SOCKS5EGRESS_Policy__Default=none", "SOCKS5EGRESS_POLICY__DEFAULT=none"]);
        Assert.Contains("is the same setting with another value",
            Error(environment: ["SOCKS5EGRESS_Policy__Default=none", "SOCKS5EGRESS_POLICY__DEFAULT=public"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_unknown_key_is_told_once()
        => Assert.Equal(2, Load(json: """{ "Polcy": { "Deny": ["a", "b"], "Allow": ["c"] }, "X": 1 }""").Errors.Length);
}
