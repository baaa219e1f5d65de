using System.CommandLine;

namespace Socks5Egress.Cli.Completion;

/// <summary>What a shell has to know of a verb.</summary>
/// <param name="Path">Its words, such as <c>egress list</c>.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Options">What it takes.</param>
/// <param name="Words">What may stand in the place of its first argument, where that is one of a few.</param>
internal sealed record CompletedVerb(string Path, string Summary, IReadOnlyList<CompletedOption> Options, IReadOnlyList<string> Words)
{
    /// <summary>The word that is completed.</summary>
    public string Name => Path[(Path.LastIndexOf(' ') + 1)..];

    /// <summary>The words before it; empty for a verb of the program.</summary>
    public string Parent => Path.LastIndexOf(' ') is > 0 and var end ? Path[..end] : "";

    /// <summary>The verb and those below it.</summary>
    public static IEnumerable<CompletedVerb> Of(Verb verb, string parent)
    {
        var path = parent.Length == 0 ? verb.Name : parent + " " + verb.Name;
        var words = verb.Arguments.Select(argument => argument.HelpName).OfType<string>().Where(name => name.Contains('|', StringComparison.Ordinal)).SelectMany(name => name.Split('|'));
        yield return new CompletedVerb(
            path, verb.Description?.Split(". ")[0].TrimEnd('.') ?? "",
            [.. verb.Options.Where(option => !option.Hidden).Select(CompletedOption.Of), new CompletedOption("--help", "Show the help of this verb", false, [], false)], [.. words]);
        foreach (var below in verb.Subcommands.OfType<Verb>().SelectMany(each => Of(each, path))) yield return below;
    }
}

/// <summary>One option.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Help">What it is for.</param>
/// <param name="TakesValue">A value follows in the next word.</param>
/// <param name="Values">Those there are, when there are few.</param>
/// <param name="IsFile">The value is the name of a file.</param>
internal sealed record CompletedOption(string Name, string Help, bool TakesValue, IReadOnlyList<string> Values, bool IsFile)
{
    public static CompletedOption Of(Option option)
    {
        var argument = option.HelpName ?? "";
        // A value that may be left out stands behind an equals sign, in the same word
        var takes = option.Arity.MaximumNumberOfValues > 0 && !argument.StartsWith("[=", StringComparison.Ordinal);
        var help = option.Description?.Split(". ")[0].Split(" [")[0].TrimEnd('.') ?? "";
        string[] values = takes && argument.Contains('|', StringComparison.Ordinal) ? [.. argument.Split('|').Where(value => !value.Any(char.IsUpper))] : [];
        return new CompletedOption(option.Name, help, takes, values, argument == "FILE");
    }
}
