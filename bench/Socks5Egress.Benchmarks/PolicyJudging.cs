using System.Globalization;
using System.Net;
using BenchmarkDotNet.Attributes;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Benchmarks;

/// <summary>
/// Both steps of a judgement, under policies of 0 to 10,000 rules of every form: hosts, suffixes, addresses and CIDRs of
/// both families, of eight and more prefix lengths. What must hold: no allocation, and no growth with the number of rules,
/// only with the number of prefix lengths among them (one hash look-up each).
/// </summary>
[MemoryDiagnoser]
public class PolicyJudging
{
    private readonly Destination _name = Destination.Of("db.eu-west-1.rds.example.com", 5432);
    private readonly Destination _literal = Destination.Of(new IPAddress([8, 8, 4, 4]), 5432);
    private readonly IPAddress _four = new([93, 184, 215, 14]);
    private readonly IPAddress _six = new([0x26, 0x06, 0x28, 0, 2, 0x1f, 0xcb, 7, 0x68, 0x20, 0x80, 0xda, 0xaf, 0x6b, 0x8b, 0x2c]);
    private EgressPolicy _policy = null!;

    [Params(0, 10, 1_000, 10_000)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var local = new LocalEndpoints([new IPEndPoint(IPAddress.Any, 1080)], [IPAddress.Loopback, new IPAddress([10, 0, 0, 5])]);
        var half = Rules / 2;
        _policy = new EgressPolicy(
            Enumerable.Range(0, half).Select(RuleOf), Enumerable.Range(half, half).Select(RuleOf), PolicyDefault.Public, PolicyMode.Enforce, local);
    }

    [Benchmark]
    public bool Name() => _policy.JudgeName(_name).Decision == NameDecision.Resolve;

    [Benchmark]
    public bool NameAndTwoAddresses()
    {
        var question = _policy.JudgeName(_name).Question;
        return _policy.JudgeAddress(question, _four).MayDial & _policy.JudgeAddress(question, _six).MayDial;
    }

    [Benchmark]
    public bool Literal()
    {
        var question = _policy.JudgeName(_literal).Question;
        return _policy.JudgeAddress(question, question.Literal!).MayDial;
    }

    // None matches what is asked for: the longest way through
    private static Rule RuleOf(int number)
    {
        var (high, low) = (number >> 8 & 0xff, number & 0xff);
        var text = (number % 5) switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"host-{number}.example.net:5432"),
            1 => string.Create(CultureInfo.InvariantCulture, $"*.zone-{number}.example.com"),
            2 => string.Create(CultureInfo.InvariantCulture, $"20.{high}.{low}.0/{24 + (number % 8)}"),
            3 => string.Create(CultureInfo.InvariantCulture, $"[2a00:{number:x}::/{32 + (number % 8)}]:5432"),
            _ => string.Create(CultureInfo.InvariantCulture, $"21.{high}.{low}.1:5432"),
        };
        return Rule.TryParse(text, out var rule, out var error) ? rule : throw new InvalidOperationException(error);
    }
}
