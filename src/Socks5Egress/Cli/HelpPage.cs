using System.CommandLine;

namespace Socks5Egress.Cli;

/// <summary>Writes the help of a verb: what it is, how it is called, its options with variable and default, examples.</summary>
internal static class HelpPage
{
    private const int LeftColumn = 32;
    private const int Width = 110;

    /// <summary>The heading of options that have no other.</summary>
    public const string PlainHeading = "Options";

    /// <summary>The page of the program as a whole, which goes on with the options of its default verb.</summary>
    public static void WriteOverview(TextWriter output, IEnumerable<(string Name, string Summary)> verbs, Verb defaultVerb)
    {
        output.WriteLine("A SOCKS5, SOCKS4 and HTTP proxy through which programs leave from one static address.");
        output.WriteLine();
        output.WriteLine($"Usage: {CommandLine.Program} [VERB] [OPTIONS]");
        output.WriteLine();
        output.WriteLine("Verbs");
        foreach (var (name, summary) in verbs) WriteRow(output, name, summary + (name == defaultVerb.Name ? " (when no verb is given)" : ""));
        WriteRow(output, "--help, --version", "Also after every verb");
        output.WriteLine();
        output.WriteLine($"Options of {defaultVerb.Name}");
        output.WriteLine();
        WriteOptions(output, defaultVerb);
        WriteExamples(output, defaultVerb);
    }

    /// <summary>The page of one verb.</summary>
    public static void Write(TextWriter output, Verb verb)
    {
        WriteWrapped(output, "", 0, verb.Description?.TrimEnd('.') + ".");
        output.WriteLine();
        for (var i = 0; i < verb.Usage.Count; i++)
            output.WriteLine($"{(i == 0 ? "Usage: " : "       ")}{CommandLine.Program} {verb.Usage[i]}");
        output.WriteLine();
        if (verb.Subcommands.Count > 0)
        {
            output.WriteLine("Verbs");
            foreach (var command in verb.Subcommands) WriteRow(output, command.Name, command.Description ?? "");
            output.WriteLine();
        }
        if (verb.Arguments.Count > 0)
        {
            output.WriteLine("Arguments");
            foreach (var argument in verb.Arguments) WriteRow(output, argument.HelpName ?? argument.Name, argument.Description ?? "");
            output.WriteLine();
        }
        WriteOptions(output, verb);
        WriteExamples(output, verb);
    }

    /// <summary>The visible options under their headings.</summary>
    public static IEnumerable<(string Title, IReadOnlyList<Option> Options)> HeadingsOf(Verb verb)
    {
        var headings = verb.Headings.Count > 0 ? verb.Headings : [(PlainHeading, [.. verb.Options])];
        return headings.Select(heading => (heading.Title, (IReadOnlyList<Option>)[.. heading.Options.Where(option => !option.Hidden)]));
    }

    /// <summary>An option as it is written, with its value.</summary>
    public static string Left(Option option) =>
        option.HelpName is null ? option.Name : option.Name + (option.HelpName.StartsWith("[=", StringComparison.Ordinal) ? "" : " ") + option.HelpName;

    private static void WriteOptions(TextWriter output, Verb verb)
    {
        foreach (var (title, options) in HeadingsOf(verb))
        {
            if (options.Count == 0) continue;
            output.WriteLine(title);
            foreach (var option in options) WriteRow(output, Left(option), option.Description ?? "");
            output.WriteLine();
        }
    }

    private static void WriteExamples(TextWriter output, Verb verb)
    {
        if (verb.Examples.Count == 0) return;
        output.WriteLine("Examples");
        foreach (var (call, does) in verb.Examples)
        {
            output.WriteLine($"  # {does}");
            output.WriteLine($"  {call}");
        }
    }

    private static void WriteRow(TextWriter output, string left, string right)
    {
        var line = "  " + left;
        // A list of many words
        while (line.Length >= Width && line.LastIndexOf('|', Width - 1) is > 0 and var end)
        {
            output.WriteLine(line[..(end + 1)]);
            line = "  " + line[(end + 1)..];
        }
        if (line.Length >= LeftColumn)
        {
            output.WriteLine(line);
            line = "";
        }
        WriteWrapped(output, line.PadRight(LeftColumn), LeftColumn, right);
    }

    private static void WriteWrapped(TextWriter output, string line, int indent, string text)
    {
        foreach (var word in text.Split(' '))
        {
            if (line.Length + word.Length >= Width)
            {
                output.WriteLine(line.TrimEnd());
                line = new string(' ', indent);
            }
            line += word + " ";
        }
        output.WriteLine(line.TrimEnd());
    }
}
