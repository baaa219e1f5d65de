using System.Text.RegularExpressions;
using Xunit;

namespace Socks5Egress.Tests.Docs;

/// <summary>Every link from one file of the repository to another leads somewhere, and so does every anchor in it.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages => [.. Repository.Files(".", "*.md").Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Pages))]
    public void Every_link_inside_the_repository_resolves(string page)
    {
        var text = Fence().Replace(Repository.Read(page), "");
        var broken = Link().Matches(text).Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(link => !Resolves(page, link)).ToList();
        Assert.True(broken.Count == 0, $"{page} links to what is not there: {string.Join(", ", broken)}");
    }

    private static bool Resolves(string page, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0 ? Path.Combine(Repository.Root, page) : Path.Combine(Repository.Root, Path.GetDirectoryName(page) ?? "", parts[0]);
        if (Directory.Exists(target)) return true;
        if (!File.Exists(target)) return false;
        return parts.Length == 1 || File.ReadLines(target).Where(line => line.StartsWith('#')).Any(line => Anchor(line) == parts[1]);
    }

    // As GitHub makes them: lower case, blanks to hyphens, everything but letters, digits, hyphens and underscores dropped
    private static string Anchor(string heading) =>
        NotInAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant().Replace(' ', '-'), "");

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[^\p{L}\p{N}_-]")]
    private static partial Regex NotInAnchor();
}
