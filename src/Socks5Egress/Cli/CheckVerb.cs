using System.CommandLine;
using System.Text.Json;
using Socks5Egress.Client;
using Socks5Egress.Configuration;
using Socks5Egress.Diagnostics;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Hosting;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Cli;

/// <summary><c>check</c>: the configuration that <c>run</c> would have, from the same code; with targets, the ways to them.</summary>
internal sealed class CheckVerb : Verb
{
    public const string VerbName = "check";
    public const string Summary = "Validate the configuration and print what holds, or try the way to targets";
    private const string PostgresPassword = "PGPASSWORD";

    private readonly Argument<string[]> _targets = new("TARGET")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "HOST:PORT; a URL, postgres, mysql, redis, rediss, mongodb, sqlserver, http, https, tls or tcp://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]; "
            + "env:NAME for the URL in a variable; a Fly.io configuration (.toml) is audited",
    };
    private readonly Option<string[]> _via = new("--via")
    {
        HelpName = "URL",
        Arity = ArgumentArity.OneOrMore,
        Description = ViaHelp.Gateway,
    };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print JSON" };
    private readonly Option<bool> _who = new("--who")
    {
        Arity = ArgumentArity.Zero,
        Description = "Print who may come in, by which ways, and what each may reach",
    };
    private readonly SettingOptions _settings;
    private readonly List<CheckTarget> _asked = [];
    private readonly List<Socks5Proxy> _gateways = [];
    private LoadedConfiguration? _loaded;

    public CheckVerb()
        : base(VerbName, Summary + ". Alone: each setting with the place where it was written, from every option of run. With a TARGET: "
            + "each step of the way through the gateway and directly, side by side, with its time and with what to do when it fails. "
            + "PostgreSQL is asked which address it sees when the target has a user, and a password in its URL or in PGPASSWORD; no password is ever shown. "
            + "With --expect-egress, the probes are asked from where each family leaves.")
    {
        Arguments.Add(_targets);
        Options.Add(_via);
        Options.Add(_json);
        Options.Add(_who);
        _settings = new SettingOptions(this);
    }

    public override IReadOnlyList<string> Usage =>
        ["check [--config FILE] [--who] [--json] [OPTIONS OF run]", "check TARGET … [--via URL] [--json]", "check FILE.toml … [--json]"];

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Headings
        => [("Options", [_via, .. _settings.Headings[0].Options, _who, _json])];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress check --config gateway.json", "Before a restart"),
        ("socks5egress check --who --config gateway.json", "Who may reach what"),
        ("socks5egress check db.example.com:5432 --via socks5://app@egress.internal:1080", "Why a database cannot be reached"),
        ("socks5egress check env:DATABASE_URL --via socks5://gw:1080", "Whether the program's own database lets it in, and which address it sees"),
        ("socks5egress check db.example.com:5432 --via socks5://app@gw:1080 --expect-egress 198.51.100.7", "Whether it leaves from there"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        var faults = new List<string>();
        foreach (var word in parsed.GetValue(_targets) ?? [])
        {
            // An argument of any number takes whatever the parser does not know
            IReadOnlyList<CheckTarget> targets = [];
            if (word.StartsWith('-')) faults.Add(ParseFaults.NoOption(word, this));
            else if (CheckTarget.Parse(word, context.Environment, out targets) is { } fault) faults.Add(fault);
            _asked.AddRange(targets);
            if (targets.Any(target => target.Password is not null) && word.Contains("://", StringComparison.Ordinal))
                context.Error.WriteLine("warning: TARGET: every user of this machine can read the password in the process list; write env:NAME for the URL in a variable");
        }

        // Without a target there is no way to go, and the variable may be there for other verbs
        foreach (var (text, writtenAs) in IsGiven(parsed, _via) || _asked.Count > 0 ? ViaParser.Given(parsed.GetValue(_via), context.Environment) : [])
        {
            if (ViaParser.Parse(text, context.Environment, out var gateways) is { } fault) faults.Add($"{writtenAs}: {fault}");
            _gateways.AddRange(gateways);
            if (writtenAs == "--via") ViaParser.Warn(text, context);
        }

        if (_gateways.Count > 0 && _asked.Count == 0 && faults.Count == 0) faults.Add("--via: a TARGET is missing; write HOST:PORT");
        if (IsGiven(parsed, _who) && _asked.Count > 0) faults.Add("--who: says what the configuration grants; leave the TARGET out, or ask explain");
        _loaded = _settings.Load(parsed, context);
        return [.. faults, .. _loaded.Errors];
    }

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        foreach (var warning in _loaded!.Settings!.Warnings) context.Error.WriteLine($"warning: {warning}");
        if (_asked.Count > 0) return CheckAsync(IsGiven(parsed, _json), context);
        if (IsGiven(parsed, _who)) return Task.FromResult(context.Print(output => WhoText.Write(output, _loaded.Settings, IsGiven(parsed, _json))));
        return Task.FromResult(context.Print(output =>
        {
            if (IsGiven(parsed, _json)) EffectiveConfiguration.WriteJson(output, _loaded);
            else EffectiveConfiguration.WriteText(output, _loaded);
        }));
    }

    private async Task<int> CheckAsync(bool json, CommandContext context)
    {
        using var progress = new CheckProgress(context);
        using var resolver = Resolvers.OfVerb(_loaded!.Settings!.Dial);
        var run = new CheckRun(
            _gateways, target => target.Password?.Reveal() ?? context.Environment.GetValueOrDefault(PostgresPassword), Look(_loaded, resolver), resolver, progress.Say);
        // In the order asked for, though all are tried at once
        var tries = _asked.Select(run.CheckAsync).ToList();
        var results = new List<CheckedTarget>();
        foreach (var one in tries)
        {
            var result = await one;
            results.Add(result);
            if (json) continue;
            progress.Clear();
            if (context.Print(output => CheckText.Write(output, result)) is not ExitCode.Done and var failed) return failed;
        }

        progress.Clear();
        if (!json && context.Print(output => CheckText.WriteIdentity(output, results[0])) is not ExitCode.Done and var unsaid) return unsaid;
        if (json && context.Print(output => output.WriteLine(JsonSerializer.Serialize(results, CheckJson.Default.IReadOnlyListCheckedTarget))) is not ExitCode.Done and var unwritten)
            return unwritten;
        // With a gateway, that the direct way is shut is no fault: it is why there is a gateway
        var works = results.All(result => result.Ways.Where(way => _gateways.Count == 0 || way.Via is not null).All(way => way.Works));
        return works && results[0].Ways.All(way => way.Identity?.All(family => family.Fault is null) != false) ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>The probes are asked when it is said which addresses to expect, or whom to ask.</summary>
    private static EgressInspection? Look(LoadedConfiguration loaded, Resolver resolver)
    {
        var settings = loaded.Settings!;
        if (settings.Identity.Expected.IsEmpty && !loaded.Effective.Any(setting => setting is { Key: "Identity:Probes", WrittenAs: not null })) return null;
        return new EgressInspection(settings.Identity, new ProbeSocket(resolver, SnapshotFactory.Sources(settings.Dial)).DialAsync, resolver, TimeProvider.System);
    }
}
