namespace Socks5Egress.Configuration;

/// <summary>
/// Takes passwords out of what is shown. People write a gateway's URL with its password where something else is expected, and
/// the error repeats what they wrote: so every error passes through here, whoever made it.
/// </summary>
internal static class SecretMask
{
    // Shorter ones would be found in every other word
    private const int Shortest = 4;
    private const int LongestText = 4096;
    private static readonly string[] Borders = ["://", "=", ","];

    /// <summary>Whether a password stands in front of a host: <c>[SCHEME://]USER:PASSWORD@HOST</c>.</summary>
    public static bool HasPassword(string? text) => text is not null && PasswordsIn(text).Any();

    /// <summary>The same text with <c>***</c> for the password in it.</summary>
    public static string In(string text) => In(text, [text]);

    /// <summary>A sentence about these texts, with <c>***</c> for each password that is in one of them.</summary>
    public static string In(string sentence, IEnumerable<string> texts)
    {
        foreach (var password in texts.SelectMany(PasswordsIn).Distinct().OrderByDescending(password => password.Length))
        {
            sentence = sentence.Replace($":{password}@", $":{Secret.Mask}@", StringComparison.Ordinal);
            if (password.Length >= Shortest) sentence = sentence.Replace(password, Secret.Mask, StringComparison.Ordinal);
        }
        return sentence;
    }

    /// <summary>An error about these texts: what <see cref="In(string, IEnumerable{string})"/> hides, and <c>NAME:PASSWORD</c> where none was expected.</summary>
    public static string InError(string sentence, IReadOnlyCollection<string> texts) =>
        texts.Select(SecretPair.PasswordIn).OfType<string>().Aggregate(In(sentence, texts), SecretPair.Hide);

    // A password may hold any letter, also those that stand around one: what can be meant is taken for meant, and too much is hidden rather than too little
    private static IEnumerable<string> PasswordsIn(string text)
    {
        if (!text.Contains('@', StringComparison.Ordinal)) yield break;
        if (text.Length > LongestText) text = text[..LongestText];
        foreach (var start in Starts(text))
        {
            var colon = text.IndexOf(':', start);
            if (colon < 0 || text.AsSpan(start, colon - start).ContainsAny("@/[") || text.AsSpan(colon).StartsWith("://")) continue;
            for (var at = text.IndexOf('@', colon); at >= 0; at = text.IndexOf('@', at + 1))
                foreach (var part in Parts(text[(colon + 1)..at])) yield return part;
        }
    }

    // An error may repeat what stands behind the last colon, slash or equals sign of it
    private static IEnumerable<string> Parts(string password)
    {
        if (password.Length > 0) yield return password;
        foreach (var part in password.Split(':', '/', '=', ',', '@'))
            if (part.Length >= Shortest && part.Length < password.Length) yield return part;
    }

    private static IEnumerable<int> Starts(string text)
    {
        yield return 0;
        foreach (var border in Borders)
            for (var i = text.IndexOf(border, StringComparison.Ordinal); i >= 0; i = text.IndexOf(border, i + border.Length, StringComparison.Ordinal))
                yield return i + border.Length;
    }
}
