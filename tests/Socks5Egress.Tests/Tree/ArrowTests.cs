using System.Text.RegularExpressions;
using Socks5Egress.Tests.Docs;
using Xunit;

namespace Socks5Egress.Tests.Tree;

/// <summary>The tree is the architecture: what may know what, read from the sources.</summary>
public sealed partial class ArrowTests
{
    [Fact]
    public void Protocol_knows_nothing_but_the_platform()
    {
        var project = Repository.Read("src", "Socks5Egress.Protocol", "Socks5Egress.Protocol.csproj");
        Assert.DoesNotContain("Reference Include", project, StringComparison.Ordinal);
        // System.Net.Sockets has the names of address families; a socket is another matter
        string[] forbidden = ["System.IO", "System.Threading", "Microsoft"];
        var arrows = Repository.Files("src/Socks5Egress.Protocol", "*.cs")
            .SelectMany(file => Uses(file).Where(used => forbidden.Any(name => IsIn(used, name))).Select(used => $"{file} uses {used}"));
        Assert.Empty(arrows);
        Assert.DoesNotContain(Repository.Files("src/Socks5Egress.Protocol", "*.cs"), file => Regex.IsMatch(Code(file), @"\b(Socket|TcpClient|DateTime|TimeProvider)\b"));
    }

    [Fact]
    public void Only_one_folder_touches_the_socket_package()
    {
        var files = Repository.Files("src", "*.cs").Where(file => Repository.Read(file).Contains("Pipelines.Sockets.Unofficial", StringComparison.Ordinal)
            && Uses(file).Any(used => IsIn(used, "Pipelines.Sockets.Unofficial")));
        Assert.All(files, file => Assert.StartsWith("src/Socks5Egress.Transport/Sockets/", file, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_folder_has_its_line_in_the_architecture_page()
    {
        var page = Repository.Read("src", "README.md");
        var folders = Repository.Files("src", "*.cs").Select(file => Path.GetDirectoryName(file)!["src/".Length..] + "/").Distinct();
        Assert.DoesNotContain(folders, folder => !page.Contains($"| `{folder}`", StringComparison.Ordinal));
    }

    [Fact]
    public void A_namespace_is_the_folder_it_lies_in()
    {
        var wrong = Repository.Files("src", "*.cs").Select(file => (File: file, Namespace: NamespaceLine().Match(Repository.Read(file)).Groups[1].Value))
            .Where(pair => pair.Namespace.Length > 0 && pair.Namespace != Path.GetDirectoryName(pair.File)!["src/".Length..].Replace('/', '.'));
        Assert.Empty(wrong.Select(pair => $"{pair.File}: {pair.Namespace}"));
    }

    private static IEnumerable<string> Uses(string file) => UsingLine().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value);

    private static string Code(string file) => Comment().Replace(Repository.Read(file), "");

    private static bool IsIn(string used, string name) => used == name || used.StartsWith(name + ".", StringComparison.Ordinal);

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex("//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
