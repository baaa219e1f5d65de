using System.Collections.Immutable;
using System.Text.Json;

namespace Socks5Egress.Protocol.Jwt;

/// <summary>
/// A signed token (RFC 7519, in the compact form of RFC 7515 section 3.1), read strictly and not yet verified: whatever two readers may
/// understand in two ways is refused.
/// </summary>
internal sealed class JsonWebToken
{
    /// <summary>The longest token, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>The largest time, in seconds since 1970: what every reader of JSON holds exactly.</summary>
    public const long MaxTime = 1L << 53;

    private const int MaxKeyIdLength = 256;

    // These name or bring a key, say how the rest is to be read, or wrap another token
    private static readonly string[] Refused = ["crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc", "epk", "p2s", "p2c", "cty"];

    private JsonWebToken(JwtAlgorithm algorithm, string keyId, Dictionary<string, string> claims)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        Claims = claims;
    }

    /// <summary>What the header says that it is signed with. Only ever compared with the key's own algorithm.</summary>
    public JwtAlgorithm Algorithm { get; }

    /// <summary>The name of the key: looked up, and used for nothing else.</summary>
    public string KeyId { get; }

    /// <summary>Who issued it (<c>iss</c>).</summary>
    public string Issuer => Claims["iss"];

    /// <summary>What it speaks for (<c>sub</c>). Not empty, without control characters.</summary>
    public string Subject => Claims["sub"];

    /// <summary>Whom it is meant for (<c>aud</c>); at least one.</summary>
    public ImmutableArray<string> Audiences { get; private init; }

    /// <summary>When it ends (<c>exp</c>), in seconds since 1970.</summary>
    public long ExpiresAt { get; private init; }

    /// <summary>When it begins (<c>nbf</c>); 0 when it does not say.</summary>
    public long NotBefore { get; private init; }

    /// <summary>When it was issued (<c>iat</c>); 0 when it does not say.</summary>
    public long IssuedAt { get; private init; }

    /// <summary>The claims that are texts, and <c>true</c>, <c>false</c> and integers as JSON writes them.</summary>
    public IReadOnlyDictionary<string, string> Claims { get; }

    /// <summary>The bytes of the token that are signed: its first two parts.</summary>
    public int SignedLength { get; private init; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature { get; private init; }

    /// <summary>Reads a token.</summary>
    /// <param name="text">All of its bytes.</param>
    /// <param name="token">What it says; null when something is wrong.</param>
    /// <returns>What is wrong. Never an exception, whatever the bytes are.</returns>
    public static JwtFault TryRead(ReadOnlySpan<byte> text, out JsonWebToken? token)
    {
        token = null;
        if (text.Length > MaxLength) return JwtFault.TooLong;
        var first = text.IndexOf((byte)'.');
        var last = text.LastIndexOf((byte)'.');
        // Of more than two dots, one is inside the second part, which has no such letter
        if (first <= 0 || last == first || !Base64UrlText.TryDecode(text[..first], out var header)
            || !Base64UrlText.TryDecode(text[(first + 1)..last], out var payload) || !Base64UrlText.TryDecode(text[(last + 1)..], out var signature))
            return JwtFault.Form;
        try
        {
            using var head = StrictJson.Parse(header);
            using var body = StrictJson.Parse(payload);
            if (head is null || body is null) return JwtFault.Json;
            if (ReadHeader(head.RootElement, out var algorithm, out var keyId) is var wrong && wrong != JwtFault.None) return wrong;
            var claims = new Dictionary<string, string>(StringComparer.Ordinal);
            var audiences = ReadClaims(body.RootElement, claims);
            if (!IsText(claims, body.RootElement, "iss") || !IsText(claims, body.RootElement, "sub") || audiences.IsDefaultOrEmpty
                || !TryTime(body.RootElement, "exp", out var expires) || expires is not { } end
                || !TryTime(body.RootElement, "nbf", out var notBefore) || !TryTime(body.RootElement, "iat", out var issued))
                return JwtFault.Claim;
            token = new JsonWebToken(algorithm, keyId, claims)
            {
                Audiences = audiences, ExpiresAt = end, NotBefore = notBefore ?? 0, IssuedAt = issued ?? 0, SignedLength = last, Signature = signature,
            };
            return JwtFault.None;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair is legal JSON and no text
            return JwtFault.Json;
        }
    }

    private static JwtFault ReadHeader(JsonElement header, out JwtAlgorithm algorithm, out string keyId)
    {
        algorithm = default;
        keyId = "";
        if (Refused.Any(name => header.TryGetProperty(name, out _))) return JwtFault.Header;
        var named = Text(header, "alg");
        if (named is "RS256") algorithm = JwtAlgorithm.RS256;
        else if (named is "ES256") algorithm = JwtAlgorithm.ES256;
        else if (named is "EdDSA") algorithm = JwtAlgorithm.EdDSA;
        else return JwtFault.Algorithm;
        // RFC 7515 section 4.1.9: a media type, its "application/" left out
        if (header.TryGetProperty("typ", out _) && Text(header, "typ")?.ToUpperInvariant() is not ("JWT" or "AT+JWT")) return JwtFault.Type;
        keyId = Text(header, "kid") ?? "";
        return keyId.Length is 0 or > MaxKeyIdLength || keyId.Any(char.IsControl) ? JwtFault.KeyId : JwtFault.None;
    }

    /// <summary>Fills in what can be compared, and gives the audiences; none when there are none that are texts.</summary>
    private static ImmutableArray<string> ReadClaims(JsonElement payload, Dictionary<string, string> claims)
    {
        foreach (var claim in payload.EnumerateObject())
        {
            if (claim.Value.ValueKind == JsonValueKind.String) claims[claim.Name] = claim.Value.GetString()!;
            else if (claim.Value.ValueKind is JsonValueKind.True or JsonValueKind.False || claim.Value.TryGetInteger(out _)) claims[claim.Name] = claim.Value.GetRawText();
        }
        if (!payload.TryGetProperty("aud", out var audience)) return default;
        if (audience.ValueKind == JsonValueKind.String) return [audience.GetString()!];
        if (audience.ValueKind != JsonValueKind.Array || audience.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String)) return default;
        return [.. audience.EnumerateArray().Select(item => item.GetString()!)];
    }

    private static bool IsText(Dictionary<string, string> claims, JsonElement payload, string name) =>
        claims.TryGetValue(name, out var value) && payload.GetProperty(name).ValueKind == JsonValueKind.String && value.Length > 0 && !value.Any(char.IsControl);

    /// <summary>False when it is there and is no integer from 0 to 2^53.</summary>
    private static bool TryTime(JsonElement payload, string name, out long? time)
    {
        time = null;
        if (!payload.TryGetProperty(name, out var value)) return true;
        if (!value.TryGetInteger(out var seconds) || seconds is < 0 or > MaxTime) return false;
        time = seconds;
        return true;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
