using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Docs;

/// <summary>The commands that the README and the pages under docs/ show in blocks marked <c>sh</c>, a line each.</summary>
internal static partial class DocumentedCommands
{
    /// <summary>What cannot be run here, by its beginning, and why that is so or which test runs it.</summary>
    private static readonly (string Beginning, string Because)[] Elsewhere =
    [
        ("fly ", "needs an account on Fly.io"),
        ("export FLY_API_TOKEN=$(fly ", "needs an account on Fly.io"),
        ("tests/run", "is what runs this"),
        ("dotnet build ", "tests/run builds with it"),
        ("dotnet publish ", nameof(Socks5Egress.SystemTests.Image.ImageTests)),
        ("dotnet run ", nameof(BannerTests)),
        ("curl --proxy https://", nameof(Socks5Egress.SystemTests.Tls.TlsProgramTests)),
        ("java ", nameof(Socks5Egress.SystemTests.Interop.DatabaseClientTests)),
        ("deploy/release", nameof(Socks5Egress.SystemTests.Release.ReleaseTests)),
        ("psql \"host=orders", nameof(Socks5Egress.SystemTests.Clear.SniForwardTests)),
        ("socks5egress forward 5432=db.example.com:5432 --via 'socks5+tls://gw.example.com:1443?login=fly'", nameof(Socks5Egress.SystemTests.Login.ClientLoginTests)),
        ("tar -xzf socks5egress-", nameof(Socks5Egress.SystemTests.Release.ReleaseTests)),
        ("dotnet tool install ", nameof(Socks5Egress.SystemTests.Release.ReleaseTests)),
        ("docker build ", nameof(Socks5Egress.SystemTests.Image.ImageTests)),
    ];

    /// <summary>The pages, from the root of the repository.</summary>
    public static IEnumerable<string> Pages =>
        Directory.EnumerateFiles(RepositoryRoot.Of("docs"), "*.md").Prepend(RepositoryRoot.Of("README.md")).Where(File.Exists);

    /// <summary>Beginnings that no page has: an exception that nobody needs hides what comes later.</summary>
    public static IEnumerable<string> Needless =>
        Elsewhere.Select(other => other.Beginning).Where(beginning => !All.Any(each => each.Command.StartsWith(beginning, StringComparison.Ordinal)));

    /// <summary>Each command once, with the name of the first page that has it.</summary>
    public static IEnumerable<(string Command, string Page)> Here =>
        All.Where(each => !Elsewhere.Any(other => each.Command.StartsWith(other.Beginning, StringComparison.Ordinal)))
            .DistinctBy(each => each.Command);

    private static IEnumerable<(string Command, string Page)> All =>
        Pages.SelectMany(page => In(File.ReadAllLines(page)).Select(command => (Command: command, Page: Path.GetFileName(page))));

    /// <summary>The commands of a page: comments dropped, lines that end in a backslash joined to the next.</summary>
    public static IEnumerable<string> In(IEnumerable<string> lines)
    {
        var inside = false;
        var begun = "";
        foreach (var line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inside = !inside && line == "```sh";
                continue;
            }
            var text = Comment().Replace(line, "");
            if (!inside || text.Length == 0) continue;
            begun += text.TrimEnd('\\');
            if (text.EndsWith('\\')) continue;
            yield return begun;
            begun = "";
        }
    }

    [GeneratedRegex(@"(^|\s\s+)#.*$")]
    private static partial Regex Comment();
}
