using System.CommandLine;
using System.CommandLine.Parsing;
using Socks5Egress.Client;
using Socks5Egress.LoadTests.Scenarios;
using Socks5Egress.Protocol;

namespace Socks5Egress.LoadTests;

/// <summary>What the command line asks for.</summary>
internal sealed class LoadOptions
{
    private readonly Option<string> _scenarios = new("--scenario")
    {
        HelpName = "NAME,…", Description = "Only these: " + string.Join(", ", ScenarioSet.Names), DefaultValueFactory = _ => string.Join(',', ScenarioSet.Names),
    };

    private readonly Option<int> _seconds = new("--seconds") { HelpName = "N", Description = "How long each profile goes on", DefaultValueFactory = _ => 20 };

    private readonly Option<int> _sessions = new("--sessions") { HelpName = "N", Description = "Sessions open at once in mixed", DefaultValueFactory = _ => 9500 };

    private readonly Option<string?> _gateway = new("--gateway") { HelpName = "PATH", Description = "The socks5egress program to start, or its folder" };

    private readonly Option<string?> _target = new("--target")
    {
        HelpName = "URL", Description = "A running gateway, socks5://[user@]host:port, in place of one of the run's own; the password is in SOCKS5EGRESS_PASSWORD",
    };

    private readonly Option<string> _serve = new("--serve")
    {
        HelpName = "ADDRESS", Description = "Where the run's own servers listen, and the gateway of --target reaches them", DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<string> _output = new("--output") { HelpName = "DIR", Description = "Where the report goes", Required = true };

    private readonly Option<string> _commit = new("--commit") { HelpName = "ID", Description = "What is measured, for the report", DefaultValueFactory = _ => "unknown" };

    private readonly Option<bool> _json = new("--json") { Description = "Print the figures as JSON" };

    public LoadOptions()
    {
        Positive(_seconds);
        Positive(_sessions);
        _scenarios.Validators.Add(result =>
        {
            foreach (var name in Split(result.GetValueOrDefault<string>()!).Where(name => !ScenarioSet.Names.Contains(name)))
                result.AddError($"--scenario: there is no '{name}'; there are {string.Join(", ", ScenarioSet.Names)}");
        });
        _gateway.Validators.Add(result =>
        {
            if (!File.Exists(Program(result.GetValueOrDefault<string>()!)))
                result.AddError($"--gateway: '{result.GetValueOrDefault<string>()}' is neither the socks5egress program nor a folder with it");
        });
        _target.Validators.Add(result =>
        {
            if (!Socks5Proxy.TryParse(result.GetValueOrDefault<string>(), out _) && Environment.GetEnvironmentVariable("SOCKS5EGRESS_PASSWORD") is null)
                result.AddError("--target must be the URL of a gateway, socks5://[user@]host:port, with the password in SOCKS5EGRESS_PASSWORD");
        });
        _serve.Validators.Add(result =>
        {
            if (!AddressLiteral.TryParse(result.GetValueOrDefault<string>()!, out var _)) result.AddError("--serve must be an address of this machine");
        });
        Root = new RootCommand("Loads a Socks5Egress gateway and reports what it carries and what limits it.")
        {
            _scenarios, _seconds, _sessions, _gateway, _target, _serve, _output, _commit, _json,
        };
        Root.Validators.Add(result =>
        {
            if (result.GetResult(_gateway) is null && result.GetResult(_target) is null) result.AddError("--gateway PATH or --target URL is needed");
        });
    }

    public RootCommand Root { get; }

    public LoadRequest Of(ParseResult parsed) => new(
        Split(parsed.GetValue(_scenarios)!),
        TimeSpan.FromSeconds(parsed.GetValue(_seconds)),
        parsed.GetValue(_sessions),
        parsed.GetValue(_gateway) is { } gateway ? Program(gateway) : null,
        parsed.GetValue(_target),
        parsed.GetValue(_serve)!,
        Path.GetFullPath(parsed.GetValue(_output)!),
        parsed.GetValue(_commit)!,
        parsed.GetValue(_json));

    private static string Program(string path) => Path.GetFullPath(Directory.Exists(path) ? Path.Combine(path, "socks5egress") : path);

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static void Positive(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1) result.AddError($"{option.Name} must be 1 or more");
    });
}

/// <summary>The command line, typed: full paths.</summary>
/// <param name="Gateway">The program; null where only the URL of a gateway is known.</param>
/// <param name="Target">The URL of a running gateway; null for one of the run's own.</param>
/// <param name="Serve">The address of the run's own servers.</param>
internal sealed record LoadRequest(
    string[] Scenarios, TimeSpan During, int Sessions, string? Gateway, string? Target, string Serve, string Output, string Commit, bool Json);
