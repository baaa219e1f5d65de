using System.CommandLine;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Cli;

/// <summary>The gateway's settings as options of a verb, and what was given of them as the top level of configuration.</summary>
internal sealed class SettingOptions
{
    private readonly List<(Setting Setting, Option Option)> _settings = [];
    private readonly Option<string> _file = new("--config")
    {
        HelpName = "FILE",
        Description = "Configuration in JSON; what stands there yields to variables and options. [SOCKS5EGRESS_CONFIG]",
    };

    /// <summary>Adds the options to a verb.</summary>
    public SettingOptions(Command command)
    {
        command.Options.Add(_file);
        Headings.Add(("Configuration", [_file]));
        foreach (var group in GatewaySettings.Groups)
        {
            var options = new List<Option>();
            foreach (var setting in group.Settings)
            {
                var option = Create(setting);
                _settings.Add((setting, option));
                options.Add(option);
                command.Options.Add(option);
            }
            Headings.Add((group.Title, options));
        }
    }

    /// <summary>The options under the headings of <c>--help</c>.</summary>
    public List<(string Title, IReadOnlyList<Option> Options)> Headings { get; } = [];

    /// <summary>Reads and checks the configuration from all its levels.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="context">Its surroundings.</param>
    /// <param name="patience">How long its files may take; that of a start unless it is said.</param>
    public LoadedConfiguration Load(ParseResult parsed, CommandContext context, FilePatience? patience = null)
    {
        var layer = new ConfigurationLayer();
        foreach (var (setting, option) in _settings)
        {
            if (parsed.GetResult(option) is not { Implicit: false } given) continue;
            if (option.Arity.MaximumNumberOfValues == 0) layer.TryAdd(setting.Key, "true", setting.Flag);
            for (var i = 0; i < given.Tokens.Count; i++)
                layer.TryAdd(setting.IsList ? $"{setting.Key}:{i}" : setting.Key, given.Tokens[i].Value, setting.Flag);
        }
        var file = parsed.GetResult(_file)?.Tokens is [var token, ..] ? token.Value : null;
        return ConfigurationLoader.Load(layer, file, context.Environment, context.ErrorIsTerminal, patience);
    }

    private static Option Create(Setting setting)
    {
        var fallback = setting.DefaultWords ?? (setting.Argument.Length == 0 ? null : setting.Default);
        Option option = setting.Argument.Length == 0 ? new Option<bool>(setting.Flag) { Arity = ArgumentArity.Zero }
            : setting.IsList ? new Option<string[]>(setting.Flag) { Arity = ArgumentArity.OneOrMore }
            : new Option<string>(setting.Flag) { Arity = ArgumentArity.ExactlyOne };
        option.HelpName = setting.Argument.Length == 0 ? null : setting.Argument;
        option.Description = $"{setting.Help}. [{setting.EnvironmentName}{(fallback is null ? "" : "; default: " + fallback)}]";
        return option;
    }
}
