using System.Text.Json;
using Socks5Egress.Configuration;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

/// <summary>Who may come in, and what each may reach.</summary>
public sealed class WhoTableTests
{
    private const string Token = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Each_user_has_a_row_with_the_policy_that_holds()
    {
        var rows = WhoTable.Of(Settings(["Enable:0=udp", "Policy:Deny:0=bad.example"], ["SOCKS5EGRESS_USERS=app:" + Token + ",b:" + Token], """
            { "Listeners": [{ "Address": "127.0.0.1:1" }, { "Address": "127.0.0.1:2", "Protocols": ["http"], "Clients": ["10.0.0.0/8"] }],
              "Policies": { "db": { "Default": "none", "Allow": ["db.example.com:5432"], "Mode": "report" } },
              "Accounts": { "app": { "Policy": "db", "Clients": ["192.0.2.0/24"] } },
              "Forwards": [{ "Listen": "5432", "Targets": ["db.example.com:5432"] }] }
            """));
        Assert.Collection(rows,
            app => Says(app, "app", "token", "127.0.0.1:1 socks5,http+udp; 127.0.0.1:2 http+udp from 10.0.0.0/8", "192.0.2.0/24", "db",
                "only db.example.com:5432 (report: what this refuses is let through and counted)"),
            b => Says(b, "b", "token", "127.0.0.1:1 socks5,http+udp; 127.0.0.1:2 http+udp from 10.0.0.0/8", "", "general", "public addresses; not bad.example"),
            forward => Says(forward, "-", "", "127.0.0.1:5432 forward", "", "general", "only db.example.com:5432"));
    }

    [Fact]
    public void Without_users_everybody_is_one_row()
        => Says(Assert.Single(WhoTable.Of(Settings())), "-", "", "127.0.0.1:1080 socks5,socks4,http", "", "general", "public addresses");

    [Fact]
    public void It_prints_a_table_and_JSON()
    {
        var (text, json) = (new StringWriter(), new StringWriter());
        WhoText.Write(text, Settings(), json: false);
        WhoText.Write(json, Settings(), json: true);
        Assert.Equal(
            """
            USER  LOGIN  POLICY   FROM        WAYS IN                            MAY REACH
            -     none   general  everywhere  127.0.0.1:1080 socks5,socks4,http  public addresses

            """.ReplaceLineEndings("\n"), text.ToString().ReplaceLineEndings("\n"));
        var row = Assert.Single(JsonDocument.Parse(json.ToString()).RootElement.EnumerateArray());
        Assert.Equal(("-", "general", "public addresses"), (Text("user"), Text("policy"), Text("reaches")));
        Assert.Equal("127.0.0.1:1080 socks5,socks4,http", Assert.Single(row.GetProperty("waysIn").EnumerateArray()).GetString());

        string? Text(string name) => row.GetProperty(name).GetString();
    }

    private static void Says(WhoRow row, string user, string logins, string ways, string clients, string policy, string reaches) => Assert.Equal(
        (user, logins, ways, clients, policy, reaches),
        (row.User, string.Join("; ", row.Logins), string.Join("; ", row.WaysIn), string.Join("; ", row.Clients), row.Policy, row.Reaches));
}
