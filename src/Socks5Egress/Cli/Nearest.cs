namespace Socks5Egress.Cli;

/// <summary>What somebody may have meant who wrote another word.</summary>
internal static class Nearest
{
    private const int LongestWord = 40;

    /// <summary>A question to put behind a sentence, or nothing when no word is near.</summary>
    public static string Question(string written, IEnumerable<string> known)
    {
        if (written.Length > LongestWord) return "";
        var nearest = known.MinBy(word => Distance(written, word));
        return nearest is not null && Distance(written, nearest) <= Math.Max(1, nearest.TrimStart('-').Length / 3) ? $"; did you mean {nearest}?" : "";
    }

    /// <summary>How many letters have to be put in, left out, replaced or exchanged with their neighbor (Damerau and Levenshtein).</summary>
    public static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var replaced = rows[i - 1, j - 1] + (char.ToLowerInvariant(from[i - 1]) == char.ToLowerInvariant(to[j - 1]) ? 0 : 1);
                rows[i, j] = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[from.Length, to.Length];
    }
}
