using System.Text.RegularExpressions;
using Socks5Egress.Tests.Docs;
using Xunit;

namespace Socks5Egress.Tests.Tree;

/// <summary>The tree is the architecture: what may know what, read from the sources.</summary>
public sealed partial class ArrowTests
{
    /// <summary>The stages of a session; what each may know beside what none of them is.</summary>
    private static readonly Dictionary<string, string[]> Stages = new()
    {
        ["Listening"] = [],
        // It checks who a client is against the networks that may connect
        ["Handshake"] = ["Policy"],
        ["Policy"] = [],
        // What a dial brings says also what the policy said
        ["Dialing"] = ["Policy"],
        ["Relaying"] = [],
        // The record keeps the rule that fixed a target, so that a session can be judged again
        ["Accounting"] = ["Relaying", "Policy"],
    };

    public static TheoryData<string> StageNames => [.. Stages.Keys];

    [Theory, MemberData(nameof(StageNames))]
    public void A_stage_does_not_know_another(string stage)
    {
        var others = Stages.Keys.Where(other => other != stage && !Stages[stage].Contains(other));
        var arrows = Repository.Files($"src/Socks5Egress.Gateway/{stage}", "*.cs")
            .SelectMany(file => Uses(file).Where(used => others.Any(other => IsIn(used, $"Socks5Egress.Gateway.{other}"))).Select(used => $"{file} uses {used}"));
        Assert.Empty(arrows);
    }

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
    public void The_stages_do_not_know_the_spine()
    {
        var spine = new[] { "Session", "SessionServices", "SessionTable", "LingeringClose" };
        var arrows = Stages.Keys.SelectMany(stage => Repository.Files($"src/Socks5Egress.Gateway/{stage}", "*.cs"))
            .SelectMany(file => spine.Where(type => Regex.IsMatch(Code(file), $@"\b(new {type}\(|{type} [a-z_])")).Select(type => $"{file} uses {type}"));
        Assert.Empty(arrows);
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
