using Socks5Egress.Configuration;
using Socks5Egress.Protocol;

namespace Socks5Egress.Cli;

/// <summary>
/// A word that stands where none is expected. It may be a password that somebody believed to belong there, and errors end in logs: it is repeated
/// only when it can be none.
/// </summary>
internal static class WrittenWord
{
    private const int LongestVerb = 16;

    /// <summary>The error for a word too many.</summary>
    public static string TooMany(string word) => CanBeShown(word)
        ? $"'{word}' is a word too many"
        : "there is a word too many; it is not repeated here, as it may be a secret. Passwords are read from standard input, files or variables";

    /// <summary>What stood in a verb's place: a word of small letters, as verbs are, or nothing.</summary>
    public static string Verb(string word) => IsLikeVerb(word) ? $"'{word}'" : "the first word, which is not repeated here as it may be a secret,";

    /// <summary>An option without what is written behind its name.</summary>
    public static string Option(string word)
    {
        if (word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals) return word[..equals];
        // -pPASSWORD, as mysql takes it
        return word.Length > 2 && word[1] != '-' ? word[..2] + "…" : word;
    }

    private static bool CanBeShown(string word) =>
        DurationParser.Parse(word, out _) is null || HostPort(word) || (word.Length <= 5 && word.All(char.IsAsciiDigit)) || word.StartsWith('@') && IsLikeVerb(word[1..]);

    private static bool IsLikeVerb(string word) => word.Length is > 0 and <= LongestVerb && word.All(letter => letter is '-' || char.IsAsciiLetterLower(letter));

    private static bool HostPort(string word) => TargetParser.Parse(word, out _) is null && word.AsSpan(word.LastIndexOf(':') + 1).ContainsAnyExceptInRange('0', '9') is false;
}
