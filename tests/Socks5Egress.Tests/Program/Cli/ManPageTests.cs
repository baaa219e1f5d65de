using Socks5Egress.Cli;
using Xunit;

namespace Socks5Egress.Tests.Program.Cli;

/// <summary>The manual page has what the help has, and nothing in it is taken for a command of roff.</summary>
public sealed class ManPageTests
{
    private static readonly string Page = Written();

    [Fact]
    public void Every_verb_and_every_option_is_in_it()
    {
        var verbs = CommandLine.All().SelectMany(verb => verb.Subcommands.OfType<Verb>().Prepend(verb)).ToList();
        Assert.All(verbs, verb => Assert.Contains(ManPage.Text(verb.Description!.TrimEnd('.')), Page, StringComparison.Ordinal));
        var options = verbs.SelectMany(HelpPage.HeadingsOf).SelectMany(heading => heading.Options).ToList();
        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Contains($".TP\n.B {ManPage.Text(HelpPage.Left(option))}\n", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_that_begin_with_a_dot_are_macros_that_we_mean() => Assert.All(
        Page.Split('\n').Where(line => line is ['.' or '\'', ..]),
        line => Assert.Contains(line.Split(' ')[0], (string[])[".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".br", ".\\\""]));

    [Fact]
    public void It_has_the_sections_that_readers_look_for() => Assert.Equal(
        ["NAME", "SYNOPSIS", "DESCRIPTION", "VERBS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES"],
        Page.Split('\n').Where(line => line.StartsWith(".SH ", StringComparison.Ordinal)).Select(line => line[4..]));

    [Theory]
    [InlineData(".TH", "\\&.TH")]
    [InlineData("a\\b", "a\\eb")]
    [InlineData("--via …", "\\-\\-via \\[u2026]")]
    public void What_roff_would_understand_is_escaped(string text, string escaped) => Assert.Equal(escaped, ManPage.Text(text));

    private static string Written()
    {
        using var page = new StringWriter();
        ManPage.Write(page, [.. CommandLine.All()], "1.2.3");
        return page.ToString();
    }
}
