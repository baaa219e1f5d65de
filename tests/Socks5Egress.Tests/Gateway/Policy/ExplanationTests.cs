using System.Net;
using System.Text.Json;
using Socks5Egress.Gateway.Explaining;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class ExplanationTests
{
    [Fact]
    public void Each_address_has_its_class_its_rule_and_its_place()
    {
        var explanation = Explain("app", Destination.Of("DB.example.com", 5432), ["10.0.0.1", "8.8.8.8", "2a00::1", "::ffff:8.8.8.8", "9.9.9.9"]);
        Assert.Equal(
            """
            app -> DB.example.com:5432: allowed by default (policy general, enforce)
              -  10.0.0.1  private  deny    default:private
              2  8.8.8.8   public   allow   default  from 127.0.0.77  by route:8.8.8.0/24
              1  2a00::1   public   allow   default
              -  9.9.9.9   public   deny    deny:9.9.9.9

            """.ReplaceLineEndings("\n"),
            ExplanationText.Render(explanation));
    }

    [Theory]
    [InlineData("localhost", "", "refused by special:localhost, without a look-up")]
    [InlineData("a.corp", "8.8.8.8", "refused by deny:*.corp, without a look-up")]
    [InlineData("10.0.0.1", "", "refused by default:private")]
    [InlineData("x.example", "10.0.0.1", "refused by default:private")]
    [InlineData("x.example", "", "does not resolve")]
    [InlineData("x.example", "2a00::dead", "allowed by default, but no address is of a family that is dialled")]
    public void The_conclusion_names_the_rule(string host, string resolved, string expected) => Assert.StartsWith(
        $"nobody -> {host}:443: {expected} (policy general, enforce)\n",
        ExplanationText.Render(Explain(null, Destination.Of(host, 443), resolved.Split(' ', StringSplitOptions.RemoveEmptyEntries))),
        StringComparison.Ordinal);

    [Fact]
    public void A_report_says_which_rule_would_refuse() => Assert.StartsWith(
        "nobody -> a.corp:443: let through and reported: deny:*.corp would refuse it (policy general, report)\n",
        ExplanationText.Render(Explain(null, Destination.Of("a.corp", 443), ["8.8.8.8"], PolicyMode.Report)),
        StringComparison.Ordinal);

    [Fact]
    public void What_the_operator_pasted_cannot_forge_a_line() => Assert.StartsWith(
        "a\\u000ab -> x\\u000d\\u000ay\\u005c:443: refused by name:character",
        ExplanationText.Render(Explain("a\nb", Destination.Of("x\r\ny\\", 443), [])),
        StringComparison.Ordinal);

    [Fact]
    public void As_JSON_it_has_the_same_facts()
    {
        var json = JsonSerializer.Serialize(
            Explain("app", Destination.Of("a.corp", 443), ["10.0.0.1", "8.8.8.8"], PolicyMode.Report), ExplanationJson.Default.Explanation);
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        Assert.Equal("app a.corp:443 general report report deny:*.corp", string.Join(' ',
            new[] { "user", "target", "policy", "mode", "verdict", "rule" }.Select(key => root.GetProperty(key).GetString())));
        Assert.Equal(
            ["10.0.0.1 private deny deny:*.corp - - -", "8.8.8.8 public report deny:*.corp 1 127.0.0.77 route:8.8.8.0/24"],
            root.GetProperty("addresses").EnumerateArray().Select(address => string.Join(' ',
                new[] { "address", "class", "verdict", "rule", "order", "source", "route" }
                    .Select(key => address.GetProperty(key)).Select(value => value.ValueKind == JsonValueKind.Null ? "-" : value.ToString()))));
    }

    private static Explanation Explain(string? user, Destination destination, string[] resolved, PolicyMode mode = PolicyMode.Enforce)
    {
        var policy = new EgressPolicy(
            [], [EgressPolicyTests.RuleOf("*.corp"), EgressPolicyTests.RuleOf("9.9.9.9")], PolicyDefault.Public, mode, LocalEndpoints.None);
        var routes = new RouteTable<string>([(EgressPolicyTests.RuleOf("8.8.8.0/24"), "127.0.0.77")]);
        return Explanation.Of(new PolicySet(policy), user, destination, [.. resolved.Select(EgressPolicyTests.Ip)], Plan);

        // IPv6 first, and 2a00::dead of a family that is not dialled
        IReadOnlyList<ConnectAttempt> Plan(TargetQuery question, IReadOnlyList<IPAddress> allowed) =>
        [
            .. allowed.OrderByDescending(address => address.AddressFamily).Where(address => address.ToString() != "2a00::dead")
                .Select(address => (address, match: routes.Find(question, address)))
                .Select(step => new ConnectAttempt(step.address, step.match.Route is { } source ? EgressPolicyTests.Ip(source) : null, step.match.Rule)),
        ];
    }
}
