using System.Net.Http.Headers;

namespace Socks5Egress.Fly.Api;

/// <summary>Where Fly.io's interfaces are, and the token for them. The token shows up in no text.</summary>
internal sealed class FlyAccess
{
    /// <summary>The scheme of all tokens but macaroons.</summary>
    public const string Bearer = "Bearer";

    private const string Macaroon = "FlyV1";

    private readonly string _token;

    private FlyAccess(string token, Uri platform, Uri machines)
    {
        _token = token;
        Platform = platform;
        Machines = machines;
    }

    /// <summary>The base of GraphQL (<c>/graphql</c>) and of the platform's REST interface (<c>/api/v1</c>).</summary>
    public Uri Platform { get; }

    /// <summary>The base of the Machines interface (<c>/v1</c>).</summary>
    public Uri Machines { get; }

    /// <summary>
    /// Reads <c>FLY_API_TOKEN</c> and <c>FLY_API_BASE_URL</c>. When the latter is set, that one base serves all three interfaces.
    /// </summary>
    /// <returns>Null and a sentence when something is missing or wrong.</returns>
    public static FlyAccess? FromEnvironment(Func<string, string?> read, out string? fault)
    {
        fault = null;
        var written = read("FLY_API_TOKEN")?.Trim();
        if (string.IsNullOrEmpty(written))
        {
            fault = "FLY_API_TOKEN is not set: put a token there, for instance from `fly tokens create org --expiry 1h`.";
            return null;
        }

        var token = WithoutScheme(written);
        if (token.Length == 0)
        {
            fault = $"FLY_API_TOKEN holds the word {written} and no token: copy the whole line that `fly tokens create` prints.";
            return null;
        }

        if (token.Any(character => character is < '!' or > '~'))
        {
            fault = "FLY_API_TOKEN holds a blank or a character that no token has: copy it again.";
            return null;
        }

        var text = read("FLY_API_BASE_URL");
        if (string.IsNullOrEmpty(text)) return new(token, new("https://api.fly.io/"), new("https://api.machines.dev/"));
        if (Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http") return new(token, uri, uri);
        fault = "FLY_API_BASE_URL is no http or https URL: write for instance https://api.fly.io, or unset it.";
        return null;
    }

    /// <summary><c>fly tokens create</c> prints the scheme in front of the token, and its documentation says to copy both.</summary>
    private static string WithoutScheme(string text)
    {
        foreach (var scheme in (string[])[Macaroon, Bearer])
        {
            if (text.Equals(scheme, StringComparison.OrdinalIgnoreCase)) return "";
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && char.IsWhiteSpace(text[scheme.Length]))
                return WithoutScheme(text[scheme.Length..].TrimStart());
        }

        return text;
    }

    /// <summary>Macaroons (fm2_, fm1r_; several may stand in one token, with commas between) have a scheme of their own.</summary>
    public AuthenticationHeaderValue Authorization => new(
        _token.Split(',').Any(part => part.StartsWith("fm2_", StringComparison.Ordinal) || part.StartsWith("fm1r_", StringComparison.Ordinal))
            ? Macaroon
            : Bearer,
        _token);

    /// <summary>What a server says may repeat what it was sent.</summary>
    public string Redact(string text) =>
        _token.Split(',').Aggregate(text, (shown, part) => part.Length == 0 ? shown : shown.Replace(part, "(token)", StringComparison.Ordinal));
}
