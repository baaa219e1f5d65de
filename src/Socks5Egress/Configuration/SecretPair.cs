using System.Buffers;
using System.Globalization;

namespace Socks5Egress.Configuration;

/// <summary>
/// <c>NAME:PASSWORD</c> where something else is expected: an error about it repeats the name only. What can be no password is left as it is: ports,
/// addresses, URLs, files of a scheme.
/// </summary>
internal static class SecretPair
{
    private static readonly SearchValues<char> Ports = SearchValues.Create("0123456789-,/ *");
    private static readonly SearchValues<char> Addresses = SearchValues.Create("0123456789abcdefABCDEF.:/%[]");
    private static readonly string[] Schemes = ["unix", "env", "file", "sni", "command", "account", "policy", "off"];

    /// <summary>What may be a password in it; null: nothing.</summary>
    public static string? PasswordIn(string text)
    {
        // --option=NAME:PASSWORD
        if (text.StartsWith("--", StringComparison.Ordinal) && text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals) text = text[(equals + 1)..];
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == text.Length - 1) return null;
        var (name, rest) = (text[..colon], text[(colon + 1)..]);
        // ADDR:PORT=HOST:PORT of a forward, in part
        if (rest.IndexOf('=', StringComparison.Ordinal) is > 0 and var end && ushort.TryParse(rest.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out _)) return null;
        var isOther = name.AsSpan().ContainsAny("=/[\\ ") || rest.StartsWith("//", StringComparison.Ordinal) || Schemes.Contains(name, StringComparer.OrdinalIgnoreCase)
            || !rest.AsSpan().ContainsAnyExcept(Ports) || !text.AsSpan().ContainsAnyExcept(Addresses) || (name.Length == 1 && rest[0] is '\\' or '/');
        return isOther ? null : rest;
    }

    /// <summary>The sentence with <c>***</c> for the password, wherever it stands behind its colon or alone in quotes.</summary>
    public static string Hide(string sentence, string password)
    {
        sentence = sentence.Replace($":{password}", $":{Secret.Mask}", StringComparison.Ordinal);
        foreach (var part in password.Split(',', '-', ':', '=').Append(password).Where(part => part.Length > 0).OrderByDescending(part => part.Length))
            sentence = sentence.Replace($"'{part}'", $"'{Secret.Mask}'", StringComparison.Ordinal);
        return sentence;
    }
}
