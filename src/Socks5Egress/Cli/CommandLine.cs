using System.CommandLine;
using System.CommandLine.Parsing;
using Socks5Egress.Cli.Fly;
using Socks5Egress.Configuration;
using Socks5Egress.Hosting;

namespace Socks5Egress.Cli;

/// <summary>
/// From words to a verb. System.CommandLine parses; it does not invoke, since it would answer a parse error with exit code 1
/// and help on standard output, take <c>@word</c> for a response file and merge what stands behind <c>--</c> into the arguments.
/// </summary>
internal static class CommandLine
{
    /// <summary>The program's name in usage lines and errors.</summary>
    public const string Program = "socks5egress";

    private const string DefaultVerb = "run";

    // Factories: start-up pays for one command tree only
    private static readonly (string Name, string Summary, Func<Verb> Create)[] Verbs =
    [
        (RunVerb.VerbName, RunVerb.Summary, () => new RunVerb()),
        (CheckVerb.VerbName, CheckVerb.Summary, () => new CheckVerb()),
        (ExplainVerb.VerbName, ExplainVerb.Summary, () => new ExplainVerb()),
        (ForwardVerb.VerbName, ForwardVerb.Summary, () => new ForwardVerb()),
        (ExecVerb.VerbName, ExecVerb.Summary, () => new ExecVerb()),
        (EgressVerb.VerbName, EgressVerb.Summary, () => new EgressVerb()),
        (StatusVerb.VerbName, StatusVerb.Summary, () => new StatusVerb()),
        (HealthVerb.VerbName, HealthVerb.Summary, () => new HealthVerb()),
        (ReloadVerb.VerbName, ReloadVerb.Summary, () => new ReloadVerb()),
        (DisconnectVerb.VerbName, DisconnectVerb.Summary, () => new DisconnectVerb()),
        (RetireVerb.VerbName, RetireVerb.Summary, () => new RetireVerb()),
        (LoginVerb.VerbName, LoginVerb.Summary, () => new LoginVerb()),
        (HashPasswordVerb.VerbName, HashPasswordVerb.Summary, () => new HashPasswordVerb()),
        (CompletionVerb.VerbName, CompletionVerb.Summary, () => new CompletionVerb(All)),
        (ManVerb.VerbName, ManVerb.Summary, () => new ManVerb(All)),
        (HelpVerb.VerbName, HelpVerb.Summary, () => new HelpVerb(Verbs!.Select(verb => verb.Name))),
        (VersionVerb.VerbName, VersionVerb.Summary, () => new VersionVerb()),
    ];

    private static readonly ParserConfiguration Configuration = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Every verb there is, made anew.</summary>
    public static IEnumerable<Verb> All() => Verbs.Select(verb => verb.Create());

    /// <summary>Runs the verb that the words ask for.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, CommandContext context)
    {
        var dashes = Array.IndexOf(args, "--");
        if (dashes >= 0)
        {
            context = context with { Trailing = args[(dashes + 1)..] };
            args = args[..dashes];
        }
        // As --help, which knows the verbs below a verb too
        if (args is [HelpVerb.VerbName, .. var asked] && asked is not ["--help" or "-h" or "-?" or "--version", ..]) args = [.. asked, "--help"];
        if (args is ["--help" or "-h" or "-?"]) return context.Print(writer => HelpPage.WriteOverview(writer, Verbs.Select(v => (v.Name, v.Summary)), new RunVerb()));
        if (args is ["--version"]) return context.Print(VersionText.Write);

        // The verb stays in front: the package drops a first word that is its name, and a user may be called "explain"
        if (args.Length == 0 || args[0].StartsWith('-')) args = [DefaultVerb, .. args];
        var create = Verbs.FirstOrDefault(verb => verb.Name == args[0]).Create;
        if (create is null)
        {
            var known = Verbs.Select(verb => verb.Name);
            return Refuse(context.Error, [$"{WrittenWord.Verb(args[0])} is not a verb{Nearest.Question(args[0], known)}; the verbs are {string.Join(", ", known)}"], "");
        }
        if (args[0] == RunVerb.VerbName) ProcessSignals.KeepHangUp();
        // A Fly.io configuration is another kind of target, and none of the gateway's options have a meaning for it
        var verb = args[0] == CheckVerb.VerbName && EgressTomlVerb.IsMeant(args[1..]) ? new EgressTomlVerb() : create();
        return await RunAsync(verb, args, context);
    }

    private static async Task<int> RunAsync(Verb root, string[] args, CommandContext context)
    {
        var help = new Option<bool>("--help", "-h", "-?") { Arity = ArgumentArity.Zero, Recursive = true, Hidden = true };
        var version = new Option<bool>("--version") { Arity = ArgumentArity.Zero, Recursive = true, Hidden = true };
        root.Options.Add(help);
        root.Options.Add(version);

        var parsed = root.Parse([.. args.Select(word => root.ImpliedValues.TryGetValue(word, out var value) ? word + "=" + value : word)], Configuration);
        var verb = (Verb)parsed.CommandResult.Command;
        if (Verb.IsGiven(parsed, help)) return context.Print(writer => HelpPage.Write(writer, verb));
        if (Verb.IsGiven(parsed, version)) return context.Print(VersionText.Write);

        var errors = ParseFaults.Of(parsed, verb).ToList();
        errors.AddRange(verb.Options.Where(option => option.Arity.MaximumNumberOfValues == 0)
            .Where(option => args.Any(word => word.StartsWith(option.Name + "=", StringComparison.Ordinal)))
            .Select(option => $"{option.Name} takes no value"));
        if (context.Trailing is not null && !verb.TakesTrailing) errors.Add($"'--' has no meaning for {verb.Name}");
        // The package throws when it is asked for the value of an option that has none
        if (!parsed.Errors.Any(error => error.SymbolResult is OptionResult)) errors.AddRange(verb.Validate(parsed, context));
        return errors.Count > 0
            ? Refuse(context.Error, errors.Select(error => SecretMask.InError(error, Written(args, context))), " " + FullName(parsed.CommandResult), verb.UsageCode)
            : await verb.RunAsync(parsed, context);
    }

    /// <summary>All that a person has written and an error may repeat.</summary>
    private static string[] Written(string[] args, CommandContext context) => [.. args, .. context.Environment
        .Where(variable => variable.Key.StartsWith(EnvironmentVariables.Prefix, StringComparison.OrdinalIgnoreCase)).Select(variable => variable.Value)];

    private static int Refuse(TextWriter error, IEnumerable<string> errors, string verb, int code = ExitCode.Usage)
    {
        foreach (var message in errors) error.WriteLine($"{Program}: {message}");
        error.WriteLine($"See {Program}{verb} --help.");
        error.Flush();
        return code;
    }

    private static string FullName(CommandResult result)
        => result.Parent is CommandResult parent ? FullName(parent) + " " + result.Command.Name : result.Command.Name;
}
