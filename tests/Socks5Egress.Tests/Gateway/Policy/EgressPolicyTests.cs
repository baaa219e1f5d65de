using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

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

    [Theory]
    // A deny rule and the default bite only where they are enforced
    [InlineData("enforce", "8.8.8.8:80", "refused deny:8.8.8.8")]
    [InlineData("report", "8.8.8.8:80", "reported deny:8.8.8.8")]
    [InlineData("open", "8.8.8.8:80", "allowed open")]
    [InlineData("enforce", "a.corp:80=9.9.9.9", "refused deny:*.corp")]
    [InlineData("report", "a.corp:80=9.9.9.9", "reported deny:*.corp")]
    [InlineData("open", "a.corp:80=9.9.9.9", "allowed open")]
    [InlineData("enforce", "9.9.9.9:80", "refused default:none")]
    [InlineData("report", "9.9.9.9:80", "reported default:none")]
    [InlineData("open", "9.9.9.9:80", "allowed open")]
    [InlineData("report", "db.example.com:80=9.9.9.9", "allowed allow:db.example.com")]
    // What is built in bites everywhere, also behind a deny rule, and where an allow rule would have opened it but for that
    [InlineData("report", "10.0.0.1:80", "refused default:private")]
    [InlineData("open", "10.0.0.1:80", "refused default:private")]
    [InlineData("open", "a.corp:80=10.0.0.1", "refused deny:*.corp")]
    [InlineData("report", "169.254.169.254:80", "refused deny:169.254.169.254")]
    [InlineData("open", "169.254.169.254:80", "refused deny:169.254.169.254")]
    [InlineData("report", "169.254.1.1:80", "allowed allow:169.254.0.0/16")]
    [InlineData("report", "x.local:80=8.8.8.8", "refused deny:8.8.8.8")]
    [InlineData("report", "x.local:80=9.9.9.9", "refused special:*.local")]
    [InlineData("open", "8.8.8.8:25", "refused deny:8.8.8.8")]
    [InlineData("open", "9.9.9.9:25", "refused port-25")]
    [InlineData("open", "8.8.8.8:0", "refused port-0")]
    [InlineData("open", "127.0.0.1:9180", "refused own-listener")]
    [InlineData("open", "198.51.7.7:80", "refused default:own-interface")]
    public void A_mode_lifts_what_was_written_and_never_what_is_built_in(string mode, string target, string expected) => Assert.Equal(expected, Judge(
        Policy(
            ["169.254.0.0/16", "db.example.com"],
            ["8.8.8.8", "*.corp", "169.254.169.254"],
            PolicyDefault.None,
            Enum.Parse<PolicyMode>(mode, ignoreCase: true)),
        target));

    [Theory]
    // Nothing that a resolver could say would help: it is not asked
    [InlineData("", "none", "enforce", "x.example:80", "default:none")]
    [InlineData("*.corp", "none", "enforce", "x.example:80", "default:none")]
    [InlineData("db.example:81", "none", "enforce", "db.example:80", "default:none")]
    [InlineData("*", "public", "enforce", "db.internal:80", "special:*.internal")]
    [InlineData("*.internal", "public", "open", "db.internal:80", "special:*.internal")]
    [InlineData("*", "public", "enforce", "x.example:25", "port-25")]
    // Its answer may be one that a rule allows
    [InlineData("10.0.0.0/8", "none", "enforce", "x.example:80", null)]
    [InlineData("10.0.0.0/8", "public", "enforce", "db.internal:80", null)]
    [InlineData("fdaa::/16", "public", "enforce", "db.internal:80", null)]
    [InlineData("db.internal", "public", "enforce", "db.internal:80", null)]
    [InlineData("10.0.0.0/8:25", "public", "enforce", "x.example:25", null)]
    [InlineData("*:25", "public", "enforce", "x.example:25", null)]
    [InlineData("", "none", "report", "x.example:80", null)]
    [InlineData("", "none", "open", "x.example:80", null)]
    public void A_name_that_no_address_could_save_is_not_looked_up(string allow, string otherwise, string mode, string target, string? rule)
    {
        var policy = Policy(
            allow.Length == 0 ? [] : [allow], [], Enum.Parse<PolicyDefault>(otherwise, ignoreCase: true), Enum.Parse<PolicyMode>(mode, ignoreCase: true));
        var colon = target.LastIndexOf(':');
        var verdict = policy.JudgeName(
            Destination.Of(target[..colon], ushort.Parse(target[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(rule, verdict.Rule);
        Assert.Equal(rule is null ? NameDecision.Resolve : NameDecision.Refused, verdict.Decision);
    }

    [Fact]
    public void What_is_to_be_dialled_is_rebuilt_from_its_bytes()
    {
        var policy = Policy(["::1"], []);
        var question = policy.JudgeName(Destination.Of("rebuilt.example.com", 443)).Question;
        var mapped = policy.JudgeAddress(question, Ip("::ffff:8.8.8.8"));
        Assert.Equal(("8.8.8.8", true), (mapped.Address.ToString(), mapped.MayDial));
        var scoped = policy.JudgeAddress(question, new IPAddress(IPAddress.IPv6Loopback.GetAddressBytes(), 1));
        Assert.Equal((IPAddress.IPv6Loopback, true), (scoped.Address, scoped.MayDial));
    }

    [Fact]
    public void A_machine_that_changes_keeps_its_rules()
    {
        var policy = Policy(["127.0.0.0/8"], []).With(new LocalEndpoints([new IPEndPoint(IPAddress.Loopback, 5432)], [Ip("9.9.9.9")]));
        Assert.Equal("refused own-listener", Judge(policy, "127.0.0.1:5432"));
        Assert.Equal("allowed allow:127.0.0.0/8", Judge(policy, "127.0.0.1:9180"));
        Assert.Equal("refused default:own-interface", Judge(policy, "9.9.9.9:80"));
        Assert.Equal(AddressClass.OwnInterface, policy.ClassOf(Ip("9.9.9.9")));
        Assert.Equal(AddressClass.Loopback, policy.ClassOf(Ip("127.0.0.1")));
    }

    [Fact]
    public void A_verdict_that_nobody_gave_is_a_refusal()
    {
        Assert.False(default(Verdict).MayDial);
        Assert.Equal(NameDecision.Refused, default(NameVerdict).Decision);
        Assert.Equal("refused port-0", Judge(Policy(["*"], []), "8.8.8.8:0"));
        Assert.False(Policy(["*"], []).JudgeAddress(default, Ip("8.8.8.8")).MayDial);
    }

    /// <summary>The second step, once for each address of a name. The first one's is in the benchmark: unoptimised code boxes there.</summary>
    [Fact]
    public void Judging_an_address_allocates_nothing()
    {
        var policy = Policy(["db.example.com:5432", "*.example.org", "10.0.0.0/8", "fd00::/8"], ["*.corp", "10.9.0.0/16"]);
        var question = policy.JudgeName(Destination.Of("web.example.com", 443)).Question;
        var addresses = new[] { Ip("203.0.114.9"), Ip("2a00::9"), Ip("10.9.1.1"), Ip("fd00::1"), Ip("127.0.0.1") };
        Assert.Equal([true, true, false, true, false], addresses.Select(address => policy.JudgeAddress(question, address).MayDial));
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var address in addresses) policy.JudgeAddress(question, address);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

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
