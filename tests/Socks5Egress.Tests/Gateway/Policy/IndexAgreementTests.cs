using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

/// <summary>The indexed policy against a second one, written from the specification's eight steps, that walks its lists.</summary>
public sealed class IndexAgreementTests
{
    private static readonly string[] Labels = ["a", "b", "corp", "db", "example", "internal", "localhost", "x-y"];
    private static readonly string[] PortTexts = ["", "", "", ":80", ":25", ":80,443", ":1-100", ":26-65535"];
    private static readonly ushort[] AskedPorts = [0, 25, 80, 443, 1080, 9180, 65535];
    private static readonly string[] Bases =
    [
        "10.1.2.3", "10.1.2.4", "10.1.3.4", "127.0.0.1", "8.8.8.8", "8.8.4.4", "8.9.1.1", "203.0.113.5", "0.0.0.0", "192.168.7.7", "9.9.9.9",
        "::1", "::", "fd00::5", "2a00::7", "2a00::8", "2a00:1::8", "2002:a00:1::", "64:ff9b::808:808",
    ];

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 12)]
    [InlineData(3, 60)]
    [InlineData(4, 400)]
    public void An_indexed_policy_decides_as_a_walked_list_does(int seed, int rules)
    {
        var random = new Random(seed);
        var decisions = new HashSet<string>();
        for (int round = 0; round < 250; round++)
        {
            var allow = Rules(random, random.Next(rules));
            var deny = Rules(random, random.Next(rules / 3));
            var otherwise = random.Next(3) == 0 ? PolicyDefault.None : PolicyDefault.Public;
            var mode = (PolicyMode)random.Next(3);
            var listeners = new IPEndPoint[] { new(IPAddress.Loopback, 9180), new(random.Next(2) == 0 ? IPAddress.Any : IPAddress.IPv6Any, 1080) };
            var interfaces = new[] { EgressPolicyTests.Ip("192.168.7.7"), EgressPolicyTests.Ip("2a00::7"), EgressPolicyTests.Ip("9.9.9.9") };
            var policy = new EgressPolicy(allow, deny, otherwise, mode, new LocalEndpoints(listeners, interfaces));
            var walked = new WalkedPolicy(allow, deny, otherwise, mode, listeners, interfaces);
            for (int question = 0; question < 40; question++)
            {
                var name = random.Next(3) == 0 ? null : Name(random);
                var address = EgressPolicyTests.Ip(Pick(random, Bases));
                var port = Pick(random, AskedPorts);
                var expected = walked.Judge(name, address, port);
                var destination = name is null ? Destination.Of(address, port) : Destination.Of(name, port);
                var verdict = Judge(policy, destination, address, expected);
                Assert.True(
                    expected == verdict,
                    $"{destination} at {address}: {verdict}, walked: {expected}; allow {string.Join(' ', allow)}; deny {string.Join(' ', deny)}; {otherwise} {mode}");
                decisions.Add(expected.Split(':')[0]);
            }
        }

        // Every step decided something, or the agreement says little
        if (rules == 12)
        {
            Assert.Superset(
                new HashSet<string>
                {
                    "Refused own-listener", "Refused deny", "Allowed allow", "Refused special", "Refused default", "Refused port-0",
                    "Refused port-25", "Allowed default", "Allowed open", "Reported deny", "Reported default",
                },
                decisions);
        }
    }

    /// <summary>A refusal before the look-up names no address step: there it is enough that both refuse.</summary>
    private static string Judge(EgressPolicy policy, Destination destination, IPAddress address, string expected)
    {
        var name = policy.JudgeName(destination);
        if (name.Decision == NameDecision.Refused)
            return expected.StartsWith("Refused", StringComparison.Ordinal) ? expected : "Refused by name: " + name.Rule;
        var verdict = policy.JudgeAddress(name.Question, name.Question.Literal ?? address);
        return $"{verdict.Decision} {verdict.Rule}";
    }

    private static List<Rule> Rules(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => EgressPolicyTests.RuleOf(Target(random) + Pick(random, PortTexts)))];

    private static string Target(Random random)
    {
        switch (random.Next(8))
        {
            case 0 when random.Next(4) == 0:
                return "*";
            case <= 2:
                return Name(random);
            case <= 4:
                return "*." + Name(random);
            default:
                var bits = AddressBits.Of(EgressPolicyTests.Ip(Pick(random, Bases)));
                var prefix = bits.IsIPv4 ? 96 + random.Next(33) : random.Next(129);
                var range = new Cidr(new AddressBits(bits.Value & Cidr.MaskOf(prefix)), prefix);
                return range.IsIPv4 ? range.ToString() : $"[{range}]";
        }
    }

    private static string Name(Random random) => string.Join('.', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Pick(random, Labels)));

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
