using System.CommandLine;
using System.Text.Json;
using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>check FILE.toml</c>: audits a Fly.io configuration without network, one finding a line. It is <c>check</c> for another kind of target.</summary>
internal sealed class EgressTomlVerb : Verb
{
    private const string Extension = ".toml";

    private readonly Argument<string[]> _files = new("FILE.toml") { Arity = ArgumentArity.OneOrMore, Description = "A Fly.io configuration" };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print JSON" };

    public EgressTomlVerb()
        : base(CheckVerb.VerbName, "Audit a Fly.io configuration: what would publish the proxy, cut its sessions or lose its addresses. Exit code 1 on findings.")
    {
        Arguments.Add(_files);
        Options.Add(_json);
    }

    public override IReadOnlyList<string> Usage => ["check FILE.toml … [--json]"];

    /// <summary>Whether the words of <c>check</c> name such a file.</summary>
    public static bool IsMeant(IEnumerable<string> words) => words.Any(word => !word.StartsWith('-') && IsToml(word));

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context) =>
        from file in parsed.GetValue(_files) ?? [] where !IsToml(file) select $"{file}: is no {Extension} file; check it in a call of its own";

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        var rows = new List<TomlRow>();
        var failed = false;
        foreach (var file in parsed.GetValue(_files) ?? [])
        {
            if (EgressTomlFile.Read(file, out var fault) is not { } toml)
            {
                context.Error.WriteLine($"{CommandLine.Program}: {fault}");
                failed = true;
                continue;
            }

            var findings = FlyTomlAudit.Audit(toml);
            failed |= findings.Any(finding => finding.Severity > Severity.Note);
            rows.AddRange(findings.Select(finding => TomlRow.Of(file, finding)));
        }

        if (IsGiven(parsed, _json)) context.Output.WriteLine(JsonSerializer.Serialize(rows, EgressJson.Default.IEnumerableTomlRow));
        else rows.ForEach(row => context.Output.WriteLine($"{row.File}:{row.Line}: {row.Severity}: {row.Key} {row.Sentence}"));
        if (rows.Count == 0 && !failed && !IsGiven(parsed, _json)) context.Output.WriteLine("Nothing found.");
        context.Output.Flush();
        return Task.FromResult(failed ? ExitCode.Failed : ExitCode.Done);
    }

    private static bool IsToml(string word) => word.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);
}
