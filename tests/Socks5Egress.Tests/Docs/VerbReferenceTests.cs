using Socks5Egress.Cli;
using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Docs;

/// <summary>docs/reference.md has every verb with all its options, and every key that has no option. With SOCKS5EGRESS_WRITE_DOCS=1 it is written, otherwise compared.</summary>
public sealed class VerbReferenceTests
{
    private const string Begin = "<!-- verbs: made from the code -->\n";
    private const string End = "<!-- end of verbs -->";

    [Fact]
    public void The_verbs_are_those_of_the_code()
    {
        var text = Repository.Read("docs", "reference.md");
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("SOCKS5EGRESS_WRITE_DOCS") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, "docs", "reference.md"), text[..from] + Verbs() + text[to..]);
        else
            Assert.Equal(Verbs(), text[from..to]);
    }

    [Theory]
    [InlineData("Identity:Probes")]
    [InlineData("Identity:Interval")]
    public void Every_key_without_an_option_is_named(string key) => Assert.Contains($"| `{key}` |", Verbs(), StringComparison.Ordinal);

    private static string Verbs()
    {
        using var page = new StringWriter { NewLine = "\n" };
        foreach (var verb in CommandLine.All().SelectMany(All)) Write(page, verb);
        page.WriteLine("\n**Keys without an option**, in the file, or in the environment as `SOCKS5EGRESS_` and the key with `__` for `:`\n\n| key | default | what |\n|---|---|---|");
        foreach (var setting in GatewaySettings.Groups.SelectMany(group => group.Settings).Concat(FileOnly()).Where(setting => setting.Flag.Length == 0).DistinctBy(setting => setting.Key))
            page.WriteLine($"| `{setting.Key}` | {(setting.DefaultWords ?? setting.Default) ?? "–"} | {Cell(setting.Help)} |");
        page.WriteLine();
        return page.ToString();
    }

    private static IEnumerable<Setting> FileOnly() => [.. IdentitySettings.FileOnly, .. PolicySettings.FileOnly, .. RetirementSettings.FileOnly];

    private static IEnumerable<Verb> All(Verb verb) => verb.Subcommands.OfType<Verb>().SelectMany(All).Prepend(verb);

    private static void Write(StringWriter page, Verb verb)
    {
        // A verb that takes all options of run leaves them to the tables above. Others have some of the same name that mean something else
        var isLikeRun = verb.Options.Any(option => option.Name == "--listen");
        var options = verb.Options.Where(option => !option.Hidden
            && !(isLikeRun && GatewaySettings.Groups.Any(group => group.Settings.Any(setting => setting.Flag == option.Name)))).ToList();
        page.WriteLine($"\n**{verb.Usage[0].Split(' ')[0].Trim('[', ']')}{(verb.Parents.Any() ? " " + verb.Name : "")}**: {Cell(verb.Description?.TrimEnd('.') ?? "")}.\n\n```");
        foreach (var usage in verb.Usage) page.WriteLine("socks5egress " + usage);
        page.WriteLine("```");
        if (options.Count == 0) return;
        page.WriteLine("\n| option | what |\n|---|---|");
        foreach (var option in options) page.WriteLine($"| `{Cell(HelpPage.Left(option))}` | {Cell(option.Description ?? "")} |");
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
