using System.Net;
using Socks5Egress.Policy;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Policy;

public sealed class EgressPolicyTests
{
    private static readonly LocalEndpoints Local = new(
        [new IPEndPoint(IPAddress.Loopback, 9180), new IPEndPoint(IPAddress.IPv6Any, 1080)],
        [Ip("192.168.7.7"), Ip("198.51.7.7"), Ip("2a00::7")]);

    [Theory]
    // (1) own listening endpoints, whatever the rules say
    [InlineData("127.0.0.1:9180", "refused own-listener")]
    [InlineData("0.0.0.0:9180", "refused own-listener")]
    [InlineData("[::]:9180", "refused own-listener")]
    [InlineData("127.9.9.9:1080", "refused own-listener")]
    [InlineData("[::1]:1080", "refused own-listener")]
    [InlineData("[::ffff:127.0.0.1]:1080", "refused own-listener")]
    [InlineData("198.51.7.7:1080", "refused own-listener")]
    [InlineData("[2a00::7]:1080", "refused own-listener")]
    [InlineData("127.9.9.9:9180", "allowed allow:127.0.0.0/8")]
    [InlineData("8.8.8.8:1080", "allowed allow:*")]
    // (2) before (3)
    [InlineData("127.0.0.2:22", "refused deny:127.0.0.2")]
    [InlineData("a.corp:80=8.8.8.8", "refused deny:*.corp")]
    [InlineData("allowed.corp:80=8.8.8.8", "refused deny:*.corp")]
    // (3) opens the default table, special names included
    [InlineData("127.0.0.1:22", "allowed allow:127.0.0.0/8")]
    [InlineData("localhost:22=127.0.0.1", "allowed allow:127.0.0.0/8")]
    [InlineData("localhost:22=::1", "allowed allow:[::1]")]
    [InlineData("db.example.com:5432=10.1.1.1", "allowed allow:db.example.com:5432")]
    [InlineData("DB.example.com.:5432=10.1.1.1", "allowed allow:db.example.com:5432")]
    [InlineData("db.example.com:5433=10.1.1.1", "refused default:private")]
    // (4) and (5) before (6)
    [InlineData("x.internal:80=8.8.8.8", "refused special:*.internal")]
    [InlineData("x.partner.example:80=10.1.1.1", "refused default:private")]
    [InlineData("198.51.7.7:80", "refused default:own-interface")]
    // (6)
    [InlineData("x.partner.example:80=8.8.8.8", "allowed allow:*.partner.example")]
    [InlineData("other.example:80=8.8.8.8", "allowed allow:*")]
    // ports
    [InlineData("8.8.8.8:0", "refused port-0")]
    [InlineData("8.8.8.8:25", "refused port-25")]
    [InlineData("127.0.0.1:25", "refused default:loopback")]
    [InlineData("mail.example.com:25=8.8.8.8", "allowed allow:mail.example.com:25")]
    public void The_first_match_decides(string target, string expected) => Assert.Equal(expected, Judge(
        Policy(
            ["127.0.0.0/8", "[::1]", "db.example.com:5432", "allowed.corp", "*.partner.example", "*.internal", "mail.example.com:25", "*"],
            ["127.0.0.2", "*.corp"]),
        target));

    internal static IPAddress Ip(string text) =>
        AddressLiteral.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    internal static Rule RuleOf(string text) => Rule.TryParse(text, out var rule, out var error) ? rule : throw new ArgumentException(error);

    private static EgressPolicy Policy(
        IEnumerable<string> allow, IEnumerable<string> deny, PolicyDefault otherwise = PolicyDefault.Public, PolicyMode mode = PolicyMode.Enforce) =>
        new(allow.Select(RuleOf), deny.Select(RuleOf), otherwise, mode, Local);

    /// <summary>HOST:PORT, or HOST:PORT=ADDRESS for a name that resolves to it.</summary>
    private static string Judge(EgressPolicy policy, string target)
    {
        var (asked, resolved) = target.Split('=') is [var a, var b] ? (a, b) : (target, null);
        var colon = asked.LastIndexOf(':');
        var port = ushort.Parse(asked[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        var name = policy.JudgeName(Destination.Of(asked[..colon].Trim('[', ']'), port));
        if (name.Decision == NameDecision.Refused) return "refused " + name.Rule;
        var verdict = policy.JudgeAddress(name.Question, name.Question.Literal ?? Ip(resolved!));
        return $"{verdict.Decision.ToString().ToLowerInvariant()} {verdict.Rule}";
    }
}
