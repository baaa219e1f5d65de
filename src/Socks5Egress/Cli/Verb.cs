using System.CommandLine;

namespace Socks5Egress.Cli;

/// <summary>
/// One verb: what System.CommandLine parses for it, and what the package does not know: the words of its help, the checks
/// behind parsing, and the work. Its options are strings; values are parsed by <see cref="Validate"/>, so that all errors show at once.
/// </summary>
internal abstract class Verb(string name, string summary) : Command(name, summary)
{
    /// <summary>How it is called, without the program's name: one line a form.</summary>
    public abstract IReadOnlyList<string> Usage { get; }

    /// <summary>Calls worth copying, each with what it does.</summary>
    public virtual IReadOnlyList<(string Call, string Does)> Examples => [];

    /// <summary>Options under headings; empty: all of them under one.</summary>
    public virtual IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Headings => [];

    /// <summary>It runs a program whose words stand behind <c>--</c>.</summary>
    public virtual bool TakesTrailing => false;

    /// <summary>The exit code for a wrong command line.</summary>
    public virtual int UsageCode => ExitCode.Usage;

    /// <summary>
    /// Options whose value may be left out, and the value that holds then. They take one only behind <c>=</c>: the
    /// package would swallow the next word.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string> ImpliedValues => NoImpliedValues;

    private static readonly Dictionary<string, string> NoImpliedValues = [];

    /// <summary>An option stands on the command line. The package has a result also for a switch that does not.</summary>
    public static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>What is wrong with the values; each sentence begins with the option's name. Runs also behind parse errors.</summary>
    public virtual IEnumerable<string> Validate(ParseResult parsed, CommandContext context) => [];

    /// <summary>Does the work, after <see cref="Validate"/> found nothing.</summary>
    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(ParseResult parsed, CommandContext context);
}
