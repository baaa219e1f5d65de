namespace Socks5Egress.Client;

/// <summary>
/// Where a workload's token comes from that logs in at a gateway (its <c>--oidc</c>): the platform, a file, a command, or the caller. The token buys a password at the
/// gateway that holds for minutes, and is taken anew before that ends; nothing keeps it, and no log or exception has it.
/// </summary>
public sealed class Socks5Login
{
    private readonly Func<string, CancellationToken, Task<string>> _take;

    private Socks5Login(string name, Func<string, CancellationToken, Task<string>> take) => (Name, _take) = (name, take);

    /// <summary>The source as <c>?login=</c> has it, for sentences.</summary>
    public string Name { get; }

    /// <summary>Whom the token is for; null: the gateway's host name.</summary>
    public string? Audience { get; init; }

    /// <summary>A Machine of Fly.io: its local socket gives tokens (<c>/.fly/api</c>).</summary>
    /// <param name="audience">Whom the token is for; null: the gateway's host name.</param>
    public static Socks5Login Fly(string? audience = null) => Fly(TokenSources.FlySocket, audience);

    /// <summary>A job of GitHub Actions with the permission <c>id-token: write</c>.</summary>
    /// <param name="audience">Whom the token is for; null: the gateway's host name.</param>
    public static Socks5Login GitHub(string? audience = null) => new("github", TokenSources.GitHubAsync) { Audience = audience };

    /// <summary>A job of GitLab: the ID token in <c>SOCKS5EGRESS_ID_TOKEN</c>, or in the one other variable that holds a token for this audience.</summary>
    /// <param name="audience">Whom the token is for; null: the gateway's host name.</param>
    public static Socks5Login GitLab(string? audience = null) => new("gitlab", TokenSources.GitLabAsync) { Audience = audience };

    /// <summary>A file that another program keeps up to date, such as a projected service account token of Kubernetes. It is read again each time.</summary>
    /// <param name="path">Where it is.</param>
    public static Socks5Login File(string path) => new("file", (_, cancellation) => TokenSources.FileAsync(path, cancellation));

    /// <summary>The standard output of a command, which is started without a shell and given 10 s.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Socks5Login Command(params IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count == 0) throw new ArgumentException("A command has a word at least.", nameof(words));
        return new Socks5Login("command", (_, cancellation) => TokenSources.CommandAsync(words, cancellation));
    }

    /// <summary>Whatever the caller has.</summary>
    /// <param name="take">Gives a token for this audience. What it throws is the inner exception of the failure.</param>
    /// <param name="audience">Whom the token is for; null: the gateway's host name.</param>
    public static Socks5Login Of(Func<string, CancellationToken, Task<string>> take, string? audience = null)
    {
        ArgumentNullException.ThrowIfNull(take);
        return new Socks5Login("callback", take) { Audience = audience };
    }

    internal static Socks5Login Fly(string socket, string? audience) => new("fly", (whom, cancellation) => TokenSources.FlyAsync(socket, whom, cancellation)) { Audience = audience };

    /// <summary>Reads the value of <c>?login=</c>.</summary>
    /// <returns>Null when it is none.</returns>
    internal static Socks5Login? TryParse(string text, string? audience)
    {
        if (text is "fly") return Fly(audience);
        if (text is "github") return GitHub(audience);
        if (text is "gitlab") return GitLab(audience);
        if (text.StartsWith("file:", StringComparison.Ordinal) && text.Length > "file:".Length) return File(text["file:".Length..]);
        if (!text.StartsWith("command:", StringComparison.Ordinal)) return null;
        var words = text["command:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? null : Command(words);
    }

    /// <summary>Takes a token.</summary>
    /// <param name="gateway">The gateway's host name.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="TokenSourceException">There is none; the message says why, without a part of one.</exception>
    internal async Task<string> TakeAsync(string gateway, CancellationToken cancellation)
    {
        string token;
        try
        {
            token = (await _take(Audience ?? gateway, cancellation)).Trim();
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or TokenSourceException))
        {
            throw new TokenSourceException("it failed", fault);
        }
        // A token is base64url with dots: anything else could end the field that it is sent in
        if (token.Length is 0 or > TokenSources.MaxLength || token.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.')))
            throw new TokenSourceException("what it gave is no token: it is empty, longer than 8 KiB, or has a letter that no token has");
        return token;
    }
}

/// <summary>A source gave no token. The message ends a sentence, and holds no part of a token.</summary>
internal sealed class TokenSourceException(string message, Exception? inner = null) : Exception(message, inner);
