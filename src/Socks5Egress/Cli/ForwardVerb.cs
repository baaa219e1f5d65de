using System.CommandLine;
using System.Net;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Cli;

/// <summary><c>forward</c>: local ports that lead through a gateway, for programs that know no proxy.</summary>
internal sealed class ForwardVerb : Verb
{
    public const string VerbName = "forward";
    public const string Summary = "Open local ports that lead through a gateway";

    private const string DefaultWait = "30s";
    private const string DefaultRetry = "10s";
    private const string DefaultDrain = "30s";

    private readonly Argument<string[]> _forwards = new("LOCAL=HOST:PORT")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "LOCAL is PORT (on 127.0.0.1), ADDR:PORT or unix:PATH; the gateway looks HOST up",
    };

    private readonly Option<string[]> _via = new("--via")
    {
        HelpName = "URL",
        Arity = ArgumentArity.OneOrMore,
        Description = ViaHelp.GatewayAndWarmth,
    };

    private readonly Option<string[]> _file = new("--file")
    {
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
        Description = "More forwards, one LOCAL=HOST:PORT a line",
    };

    private readonly Option<string> _wait = new("--wait")
    {
        HelpName = "[=DURATION]",
        Description = $"Wait until the way to every target works, then run COMMAND, or exit with 0 when there is none (default {DefaultWait})",
    };

    private readonly Option<string> _retry = new("--retry")
    {
        HelpName = "DURATION",
        Description = $"How long to try again while a client waits (default {DefaultRetry})",
    };

    private readonly Option<string> _drain = new("--drain-timeout")
    {
        HelpName = "DURATION",
        Description = $"How long open connections may go on after SIGTERM (default {DefaultDrain})",
    };

    private readonly Option<string[]> _clients = new("--clients")
    {
        HelpName = "CIDR",
        Arity = ArgumentArity.OneOrMore,
        Description = "Networks that may connect (repeatable); required, or --no-auth, when other machines can reach LOCAL",
    };

    private readonly Option<bool> _noAuth = new("--no-auth")
    {
        Arity = ArgumentArity.Zero,
        Description = "Lend the gateway's login to everybody who can reach LOCAL",
    };

    private readonly Option<string> _health = new("--health")
    {
        HelpName = "[ADDR:]PORT",
        Description = "Serve /healthz, /readyz and /metrics there, as a sidecar; a port alone is on 127.0.0.1. [default: off]",
    };

    private readonly Option<string> _log = new("--log")
    {
        HelpName = "text|json",
        Description = "What is reported on standard error: sentences, or one JSON object a line. [default: text]",
    };

    private readonly Option<bool> _quiet = new("--quiet")
    {
        Arity = ArgumentArity.Zero,
        Description = "Print no connection strings; report only what is wrong",
    };

    private readonly Option<bool> _keepPassword = new("--keep-password")
    {
        Arity = ArgumentArity.Zero,
        Description = "Leave SOCKS5EGRESS_PASSWORD in the environment of COMMAND",
    };

    private ForwardPlan? _plan;

    public ForwardVerb()
        : base(VerbName, Summary + ". Bytes pass unchanged, TLS included; what to write into a connection string is printed for each.")
    {
        Arguments.Add(_forwards);
        foreach (var option in (Option[])[_via, _file, _wait, _retry, _drain, _clients, _noAuth, _health, _log, _quiet, _keepPassword]) Options.Add(option);
    }

    public override IReadOnlyList<string> Usage =>
        ["forward LOCAL=HOST:PORT … --via URL [--file FILE] [--wait[=DURATION]] [-- COMMAND …]"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress forward 5432=db.example.com:5432 --via socks5://app@egress.internal:1080", "A database on 127.0.0.1:5432"),
        ("socks5egress forward 5432=db.example.com:5432 --via socks5://gw:1080 -- pgbench -h 127.0.0.1 shop", "For one program only"),
        ("socks5egress forward 5432=db.example.com:5432 --via socks5://gw:1080 --wait=60s", "In a start-up script: until the way works"),
        ("socks5egress forward 5432=db.example.com:5432 --via socks5://gw:1080 --health 0.0.0.0:9181 --log json", "As a sidecar"),
    ];

    public override bool TakesTrailing => true;

    public override IReadOnlyDictionary<string, string> ImpliedValues { get; } = new Dictionary<string, string> { ["--wait"] = DefaultWait };

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        var faults = new List<string>();
        var forwards = ReadForwards(parsed, faults);
        if (forwards.Count == 0 && faults.Count == 0) faults.Add("a forward is missing; write LOCAL=HOST:PORT, such as 5432=db.example.com:5432");
        var clients = ReadClients(parsed, faults);
        if (clients.Count == 0 && !IsGiven(parsed, _noAuth))
            faults.AddRange(forwards.Where(forward => Exposure.IsOpen(forward.Local)).Select(forward => Exposure.OfForward(forward.Local)));
        var gateways = ViaParser.ReadGateways(parsed.GetValue(_via), context, faults);
        var wait = parsed.GetResult(_wait) is null ? (TimeSpan?)null : ReadDuration(parsed, _wait, DefaultWait, faults);
        var retry = ReadDuration(parsed, _retry, DefaultRetry, faults);
        var drain = ReadDuration(parsed, _drain, DefaultDrain, faults);
        var health = ReadHealth(parsed, faults);
        if (parsed.GetValue(_log) is not (null or "text" or "json")) faults.Add($"--log: '{parsed.GetValue(_log)}' is not text or json");
        var keepPassword = IsGiven(parsed, _keepPassword);
        if (keepPassword && context.Trailing is null) faults.Add("--keep-password: there is no COMMAND; add -- COMMAND at the end");
        if (context.Trailing is []) faults.Add("'--' must be followed by a command");
        if (faults.Count == 0)
        {
            _plan = new ForwardPlan
            {
                Forwards = forwards, Gateways = gateways, Wait = wait, Retry = retry, Drain = drain, Command = context.Trailing,
                Clients = clients, KeepPassword = keepPassword, Health = health, Json = parsed.GetValue(_log) == "json", Quiet = IsGiven(parsed, _quiet),
            };
        }

        return faults;
    }

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context) => new ForwardRun(_plan!, context).RunAsync();

    private List<ForwardSpec> ReadForwards(ParseResult parsed, List<string> faults)
    {
        var forwards = new List<ForwardSpec>();
        foreach (var word in parsed.GetValue(_forwards) ?? [])
        {
            // An argument of any number takes whatever the parser does not know
            if (word.StartsWith('-')) faults.Add(ParseFaults.NoOption(word, this));
            else if (DurationParser.Parse(word, out _) is null) faults.Add($"'{word}': --wait takes its value after an equals sign; write --wait={word}");
            else if (ForwardSpec.Parse(word, out var spec) is { } fault) faults.Add(fault);
            else forwards.Add(spec!);
        }

        foreach (var file in parsed.GetValue(_file) ?? [])
        {
            try
            {
                var (specs, wrong) = ForwardSpec.ParseLines(File.ReadAllLines(file));
                forwards.AddRange(specs);
                faults.AddRange(wrong.Select(fault => $"--file {file}, {fault}"));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                faults.Add($"--file {file} cannot be read: {fault.Message}");
            }
        }

        return forwards;
    }

    private List<Cidr> ReadClients(ParseResult parsed, List<string> faults)
    {
        var clients = new List<Cidr>();
        foreach (var text in parsed.GetValue(_clients) ?? [])
        {
            if (NetworkParser.Parse(text, out var network) is { } fault) faults.Add("--clients: " + fault);
            else clients.Add(network);
        }

        return clients;
    }

    private IPEndPoint? ReadHealth(ParseResult parsed, List<string> faults)
    {
        IPEndPoint? endpoint = null;
        if (parsed.GetValue(_health) is { } text && EndPointParser.ParseListen(text, out endpoint) is { } fault) faults.Add("--health: " + fault);
        return endpoint;
    }

    private static TimeSpan ReadDuration(ParseResult parsed, Option<string> option, string fallback, List<string> faults)
    {
        if (DurationParser.Parse(parsed.GetValue(option) ?? fallback, out var duration) is { } fault) faults.Add($"{option.Name}: {fault}");
        return duration;
    }
}
