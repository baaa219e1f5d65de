using System.Text;
using Socks5Egress.Gateway.Authentication.Certificates;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// A list of users as text: one <c>NAME:STORED-FORM</c> a line, empty lines and lines that begin with <c>#</c> left out.
/// A name is 1 to 255 bytes of UTF-8 without colon, comma and control characters.
/// </summary>
internal static class UserFile
{
    /// <summary>What ends a line of a file. A CR before it is dropped.</summary>
    public const string FileSeparators = "\n";

    /// <summary>What stands between users in an environment variable, where a newline is hard to write.</summary>
    public const string EnvironmentSeparators = "\n,";

    /// <summary>Reads a file that only its owner and group can read.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="patience">How long that may take.</param>
    /// <param name="errors">What is wrong is added here, with line numbers.</param>
    public static UserList Read(string path, FilePatience patience, List<string> errors)
    {
        if (PrivateFile.Read(path, patience, out var text) is { } error)
        {
            errors.Add(error);
            return UserList.Empty;
        }
        var found = new List<string>();
        var users = Parse(text, FileSeparators, found);
        errors.AddRange(found.Select(each => $"'{path}', {each}"));
        return users;
    }

    /// <summary>Reads lines.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="separators">The characters of which each ends a line.</param>
    /// <param name="errors">What is wrong is added here: <c>line 3: …</c>.</param>
    public static UserList Parse(string text, string separators, List<string> errors)
    {
        var users = new Dictionary<string, StoredPassword>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.Split(separators.ToCharArray()))
        {
            number++;
            var line = raw.TrimEnd('\r');
            if (string.IsNullOrWhiteSpace(line) || line[0] == '#') continue;
            if (ParseLine(line, users) is { } error) errors.Add($"line {number}: {error}");
        }
        // Written but empty is a mistake, such as a secret that was not filled in: it must not open the gateway to everybody
        if (users.Count == 0 && errors.Count == 0) errors.Add("there is no user in it; add one, or leave it out");
        return UserList.Of(users);
    }

    private static string? ParseLine(string line, Dictionary<string, StoredPassword> users)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return "there is no colon between name and stored form";
        var name = line[..colon];
        if (name.Length == 0) return "there is no name before the colon";
        if (Encoding.UTF8.GetByteCount(name) > UserList.MaxNameBytes) return "the name is longer than 255 bytes";
        if (name.Any(char.IsControl)) return "there is a control character in the name";
        if (!CertificateNames.IsName(name)) return "the name has a blank or a letter that cannot be seen at its end";
        if (StoredPassword.Parse(line[(colon + 1)..], out var password) is { } error) return $"user '{name}': {error}";
        return users.TryAdd(name, password!) ? null : $"user '{name}' is there already";
    }
}
