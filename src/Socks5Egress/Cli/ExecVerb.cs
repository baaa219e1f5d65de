using System.CommandLine;
using Socks5Egress.Configuration;
using Socks5Egress.Exec;
using Socks5Egress.Exec.Capture;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Cli;

/// <summary><c>exec</c>: runs a program whose every connection leaves through a gateway, or not at all.</summary>
internal sealed class ExecVerb : Verb
{
    public const string VerbName = "exec";
    public const string Summary = "Run a program whose connections all leave through a gateway";

    private const string DefaultWait = "30s";

    private readonly Option<string[]> _via = new("--via")
    {
        HelpName = "URL",
        Arity = ArgumentArity.OneOrMore,
        Description = ViaHelp.GatewayAndWarmth,
    };

    private readonly Option<string[]> _direct = new("--direct")
    {
        HelpName = "CIDR[:PORTS]",
        Arity = ArgumentArity.OneOrMore,
        Description = "Addresses that are reached past the gateway (repeatable); on loopback one address with its ports, UDP included, such as 127.0.0.1:8125",
    };

    private readonly Option<string[]> _publish = new("--publish")
    {
        HelpName = "PORT[=INNER]",
        Arity = ArgumentArity.OneOrMore,
        Description = "A port of this machine that leads to COMMAND's port INNER (repeatable); ADDR:PORT listens elsewhere than on 127.0.0.1",
    };

    private readonly Option<string[]> _clients = new("--clients")
    {
        HelpName = "CIDR",
        Arity = ArgumentArity.OneOrMore,
        Description = "Who may connect to published ports (repeatable; default everybody who can reach them)",
    };

    private readonly Option<string> _engine = new("--engine")
    {
        HelpName = "ENGINE",
        Description = "auto or namespace (default auto)",
    };

    private readonly Option<string> _wait = new("--wait")
    {
        HelpName = "[=DURATION]",
        Description = $"Wait until a gateway lets us in before COMMAND begins (default {DefaultWait})",
    };

    private readonly Option<bool> _verbose = new("--verbose") { Arity = ArgumentArity.Zero, Description = "Say on standard error which guarantees hold" };

    private readonly Option<bool> _keepPassword = new("--keep-password")
    {
        Arity = ArgumentArity.Zero,
        Description = "Leave SOCKS5EGRESS_PASSWORD in the environment of COMMAND",
    };

    private ExecPlan? _plan;

    public ExecVerb()
        : base(VerbName, Summary + ", or not at all. The program needs no proxy setting; names are looked up by the gateway. Linux only.")
    {
        foreach (var option in (Option[])[_via, _direct, _publish, _clients, _engine, _wait, _verbose, _keepPassword]) Options.Add(option);
    }

    public override IReadOnlyList<string> Usage =>
        ["exec --via URL [--direct CIDR[:PORTS]] [--publish [ADDR:]PORT[=INNER]] [--wait[=DURATION]] -- COMMAND …"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress exec --via socks5://app@egress.internal:1080 -- psql -h db.example.com shop", "One program, unchanged"),
        ("socks5egress exec --via socks5://gw:1080 --publish [::]:8080 -- node server.js", "A web application that goes on serving"),
        ("socks5egress exec --via socks5://gw:1080 --direct 127.0.0.1:8125 -- ./worker", "With a statsd on this machine"),
    ];

    public override bool TakesTrailing => true;

    /// <summary>Every other code may be the command's own.</summary>
    public override int UsageCode => ExecExit.OwnFault;

    public override IReadOnlyDictionary<string, string> ImpliedValues { get; } = new Dictionary<string, string> { ["--wait"] = DefaultWait };

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        var faults = new List<string>();
        var gateways = ViaParser.ReadGateways(parsed.GetValue(_via), context, faults);
        var direct = ReadEach<DirectRule>(parsed, _direct, DirectRule.Parse, faults);
        var published = ReadEach<PublishedPort>(parsed, _publish, PublishedPort.Parse, faults);
        var clients = ReadEach<Cidr>(parsed, _clients, NetworkParser.Parse, faults);
        if (clients.Count > 0 && published.Count == 0) faults.Add("--clients: there is no published port that they could connect to; write --publish PORT");
        if (EngineFault(parsed.GetValue(_engine)) is { } fault) faults.Add(fault);
        TimeSpan? wait = null;
        if (parsed.GetResult(_wait) is not null)
        {
            if (DurationParser.Parse(parsed.GetValue(_wait) ?? DefaultWait, out var duration) is { } wrong) faults.Add($"--wait: {wrong}");
            wait = duration;
        }

        if (context.Trailing is not { Count: > 0 }) faults.Add("there is no COMMAND; write -- and the program with its arguments behind all options");
        if (faults.Count == 0)
        {
            _plan = new ExecPlan
            {
                Gateways = gateways, Command = context.Trailing!, Direct = direct, Published = published, Clients = clients, Wait = wait,
                IsVerbose = IsGiven(parsed, _verbose), KeepPassword = IsGiven(parsed, _keepPassword),
                ViaHoldsPassword = context.Environment.GetValueOrDefault(EnvironmentVariables.Via) is { } via && SecretMask.HasPassword(via),
            };
        }

        return faults;
    }

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context) => new ExecRun(_plan!, context).RunAsync();

    private static string? EngineFault(string? engine) => engine switch
    {
        null or "auto" or "namespace" => null,
        "seccomp" => "--engine: seccomp is not built, because it cannot be made tight; use namespace, which needs root or user namespaces (see docs/exec.md)",
        _ => $"--engine: '{engine}' is none; write auto or namespace",
    };

    private delegate string? Parser<T>(string text, out T? value);

    private static List<T> ReadEach<T>(ParseResult parsed, Option<string[]> option, Parser<T> parse, List<string> faults)
    {
        var all = new List<T>();
        foreach (var text in parsed.GetValue(option) ?? [])
        {
            if (parse(text, out var value) is { } fault) faults.Add($"{option.Name}: {fault}");
            else all.Add(value!);
        }

        return all;
    }
}
