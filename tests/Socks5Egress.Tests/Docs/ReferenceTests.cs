using System.Globalization;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Xunit;

namespace Socks5Egress.Tests.Docs;

/// <summary>
/// docs/reference.md says what the code says. The table of options is made from the code; with SOCKS5EGRESS_WRITE_DOCS=1 it is written, otherwise
/// compared. Of the ends everything but the sentence is looked for in the page.
/// </summary>
public sealed class ReferenceTests
{
    private static readonly string[] Page = Repository.Read("docs", "reference.md").Split('\n');

    private const string Begin = "<!-- options: made from the code -->\n";
    private const string End = "<!-- end of options -->";

    [Fact]
    public void The_options_are_those_of_the_code()
    {
        var text = Repository.Read("docs", "reference.md");
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("SOCKS5EGRESS_WRITE_DOCS") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, "docs", "reference.md"), text[..from] + Options() + text[to..]);
        else
            Assert.Equal(Options(), text[from..to]);
    }

    [Fact]
    public void Every_end_has_its_row_with_its_side_and_its_replies() => AssertRows(Ends(), "## Why a session ended");

    private static string Options()
    {
        using var table = new StringWriter { NewLine = "\n" };
        foreach (var group in GatewaySettings.Groups)
        {
            table.WriteLine($"\n**{group.Title}**\n\n| option | environment | default | what |\n|---|---|---|---|");
            foreach (var setting in group.Settings.Where(setting => setting.Flag.Length > 0))
                table.WriteLine($"| `{Cell((setting.Flag + " " + setting.Argument).TrimEnd())}` | `{setting.EnvironmentName}` | {Default(setting)} | {Cell(setting.Help)} |");
        }
        table.WriteLine();
        return table.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Default(Setting setting) => setting.DefaultWords ?? (setting.Default is { Length: > 0 } text ? $"`{text}`" : "–");

    private static IEnumerable<string> Ends() => Enum.GetValues<EndReason>().Where(reason => reason != EndReason.None).Select(reason =>
        string.Create(CultureInfo.InvariantCulture, $"| `{reason.ToKebab()}` | {reason.Side()} | {(int)reason.ToSocks5():X2} | {reason.ToHttpStatus()} | "));

    private static void AssertRows(IEnumerable<string> expected, string heading)
    {
        var lines = Page.SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        var rows = lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal) && !line.StartsWith("| `end`", StringComparison.Ordinal)).ToList();
        var missing = new List<string>();
        foreach (var row in expected)
        {
            var found = rows.Find(line => line.StartsWith(row, StringComparison.Ordinal) && line.Length > row.Length + 5);
            if (found is null) missing.Add(row);
            else rows.Remove(found);
        }
        Assert.True(missing.Count == 0, "docs/reference.md lacks these rows, each to be ended with a sentence:\n" + string.Join('\n', missing));
        Assert.True(rows.Count == 0, "docs/reference.md has rows that the code does not know:\n" + string.Join('\n', rows));
    }
}
