namespace Socks5Egress.Compare.Reports;

/// <summary>The tables and the first plot of a report, put between two marks of another page.</summary>
internal static class Excerpt
{
    public const string Begin = "<!-- compare -->";
    public const string End = "<!-- /compare -->";

    /// <returns>False, and nothing is written, when the page has no such marks.</returns>
    public static bool Put(string folder, string page)
    {
        string[] lines = File.ReadAllLines(page);
        int begin = Array.IndexOf(lines, Begin), end = Array.IndexOf(lines, End);
        if (begin < 0 || end < begin) return false;

        string link = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(page))!, folder);
        string report = File.ReadAllText(Path.Combine(folder, "README.md"));
        File.WriteAllText(page, string.Join('\n', [.. lines[..(begin + 1)], .. Of(report.Split('\n'), link), .. lines[end..], ""]));
        return true;
    }

    /// <summary>From the first line to the first plot, one heading level down and without the title.</summary>
    private static IEnumerable<string> Of(string[] report, string link)
    {
        yield return $"From [{report[0].TrimStart('#', ' ')}]({link}/README.md), where its other plots are.";
        foreach (string line in report.Skip(1))
        {
            bool isPlot = line.StartsWith("![", StringComparison.Ordinal);
            yield return isPlot ? line.Replace("](", $"]({link}/", StringComparison.Ordinal)
                : line.StartsWith("## ", StringComparison.Ordinal) ? "#" + line
                : line;
            if (isPlot) yield break;
        }
    }
}
