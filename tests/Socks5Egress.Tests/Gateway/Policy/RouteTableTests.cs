using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class RouteTableTests
{
    private static readonly EgressPolicy Open = new(
        [EgressPolicyTests.RuleOf("0.0.0.0/0"), EgressPolicyTests.RuleOf("::/0")], [], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None);

    private static readonly RouteTable<string> Table = new(
    [
        (EgressPolicyTests.RuleOf("db.partner.example:5432"), "db"),
        (EgressPolicyTests.RuleOf("*.partner.example"), "partner"),
        (EgressPolicyTests.RuleOf("9.9.9.0/24"), "nine"),
        (EgressPolicyTests.RuleOf("*.mail.example:25"), "mail"),
        (EgressPolicyTests.RuleOf("[2a00::/16]:443"), "six"),
        (EgressPolicyTests.RuleOf("*:8443"), "rest"),
        (EgressPolicyTests.RuleOf("9.9.9.9"), "never"),
    ]);

    [Theory]
    [InlineData("db.partner.example", 5432, "8.8.8.8", "route:db.partner.example:5432 db")]
    [InlineData("db.partner.example", 5433, "8.8.8.8", "route:*.partner.example partner")]
    [InlineData("a.b.partner.example", 80, "9.9.9.9", "route:*.partner.example partner")]
    [InlineData("partner.example", 80, "8.8.8.8", " ")]
    [InlineData("other.example", 80, "9.9.9.9", "route:9.9.9.0/24 nine")]
    [InlineData("other.example", 80, "::ffff:9.9.9.9", "route:9.9.9.0/24 nine")]
    [InlineData("other.example", 8443, "9.9.9.9", "route:9.9.9.0/24 nine")]
    [InlineData("other.example", 8443, "8.8.8.8", "route:*:8443 rest")]
    [InlineData("a.mail.example", 25, "8.8.8.8", "route:*.mail.example:25 mail")]
    [InlineData("a.mail.example", 26, "8.8.8.8", " ")]
    [InlineData("9.9.9.9", 25, "9.9.9.9", "route:9.9.9.0/24 nine")]
    [InlineData("2a00::1", 443, "2a00::1", "route:[2a00::/16]:443 six")]
    [InlineData("2a00::1", 8443, "2a00::1", "route:*:8443 rest")]
    [InlineData("2a00::1", 80, "2a00::1", " ")]
    public void The_route_written_first_that_matches_is_taken(string host, int port, string address, string expected)
    {
        var question = Open.JudgeName(Destination.Of(host, (ushort)port)).Question;
        var match = Table.Find(question, EgressPolicyTests.Ip(address));
        Assert.Equal(expected, $"{match.Rule} {match.Route}");
    }

    [Fact]
    public void An_empty_table_has_no_route()
    {
        var question = Open.JudgeName(Destination.Of("db.example.com", 80)).Question;
        Assert.Equal(default, new RouteTable<string>([]).Find(question, EgressPolicyTests.Ip("9.9.9.9")));
    }
}
