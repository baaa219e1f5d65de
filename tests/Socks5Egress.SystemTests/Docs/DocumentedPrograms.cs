using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Docs;

/// <summary>The programs that the pages and the packages' read-me files show in blocks marked <c>csharp</c>: each is whole, from its <c>using</c> lines on.</summary>
internal static partial class DocumentedPrograms
{
    /// <summary>A first line that asks for the analyzers of trimming and NativeAOT.</summary>
    public const string Aot = "// aot";

    private static IEnumerable<string> Pages => DocumentedCommands.Pages.Concat(Directory.EnumerateFiles(RepositoryRoot.Of("src"), "README.md", SearchOption.AllDirectories));

    /// <summary>Each program, with the page that shows it.</summary>
    public static IEnumerable<(string Page, string Text)> All => Pages.SelectMany(page => Block().Matches(File.ReadAllText(page))
        .Select(match => (Path.GetRelativePath(RepositoryRoot.Path, page), match.Groups[1].Value)))
        .Append((Path.Combine("deploy", "efcore", "Program.cs"), File.ReadAllText(RepositoryRoot.Of("deploy", "efcore", "Program.cs"))));

    /// <summary>
    /// The program as one class, so that all of them are one project: its <c>using</c> directives, its statements as a method, and its types in a namespace of its own.
    /// </summary>
    public static string AsClass(string name, string page, string text)
    {
        StringBuilder usings = new(), statements = new(), types = new();
        var part = usings;
        foreach (var line in text.Split('\n'))
        {
            if (part != types && Type().IsMatch(line)) part = types;
            else if (part == usings && !Directive().IsMatch(line) && line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal)) part = statements;
            part.Append(line).Append('\n');
        }
        var returns = statements.ToString().Contains("\nreturn ", StringComparison.Ordinal) ? "Task<int>" : "Task";
        return $"{usings}\nnamespace {name};\n\n// {page}\ninternal static class Program\n{{\n    public static async {returns} Main(string[] args)\n    {{\n        await Task.CompletedTask;\n{statements}"
            + $"    }}\n}}\n{types}";
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    // A using directive; "using var" is a statement
    [GeneratedRegex(@"^using (static )?[A-Z][\w.]*;")]
    private static partial Regex Directive();

    [GeneratedRegex(@"^(internal|public|sealed|file|class|record|enum|interface)\b.*\b(class|record|enum|interface)\b|^(class|record) ")]
    private static partial Regex Type();
}
