using System.CommandLine;
using Socks5Egress.Hosting.Configuration;

namespace Socks5Egress.Commands;

/// <summary><c>check</c>: the configuration that <c>run</c> would have, from the same code.</summary>
internal sealed class CheckVerb : Verb
{
    public const string VerbName = "check";
    public const string Summary = "Validate the configuration and print what holds";

    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print JSON" };
    private readonly SettingOptions _settings;
    private LoadedConfiguration? _loaded;

    public CheckVerb()
        : base(VerbName, Summary + ", with the place where each setting was written. Takes every option of run.")
    {
        Options.Add(_json);
        _settings = new SettingOptions(this);
    }

    public override IReadOnlyList<string> Usage => ["check [--config FILE] [--json] [OPTIONS OF run]"];

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Headings
        => [("Options", [.. _settings.Headings[0].Options, _json])];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
        [("socks5egress check --config gateway.json", "Before a restart")];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        _loaded = _settings.Load(parsed, context);
        return _loaded.Errors;
    }

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        foreach (var warning in _loaded!.Settings!.Warnings) context.Error.WriteLine($"warning: {warning}");
        return Task.FromResult(context.Print(output =>
        {
            if (IsGiven(parsed, _json)) EffectiveConfiguration.WriteJson(output, _loaded);
            else EffectiveConfiguration.WriteText(output, _loaded);
        }));
    }
}
