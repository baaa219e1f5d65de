using System.CommandLine;
using System.CommandLine.Parsing;
using Socks5Egress.LoadTests.Scenarios;

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

    private readonly Option<string> _gateway = new("--gateway") { HelpName = "FILE", Description = "The socks5egress program to start", Required = true };

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
        Root = new RootCommand("Loads a Socks5Egress gateway and reports what it carries and what limits it.")
        {
            _scenarios, _seconds, _sessions, _gateway, _output, _commit, _json,
        };
    }

    public RootCommand Root { get; }

    public LoadRequest Of(ParseResult parsed) => new(
        Split(parsed.GetValue(_scenarios)!),
        TimeSpan.FromSeconds(parsed.GetValue(_seconds)),
        parsed.GetValue(_sessions),
        parsed.GetValue(_gateway)!,
        parsed.GetValue(_output)!,
        parsed.GetValue(_commit)!,
        parsed.GetValue(_json));

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static void Positive(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1) result.AddError($"{option.Name} must be 1 or more");
    });
}

/// <summary>The command line, typed.</summary>
internal sealed record LoadRequest(string[] Scenarios, TimeSpan During, int Sessions, string Gateway, string Output, string Commit, bool Json);
