using System.Text.Json;

namespace Socks5Egress.Protocol.Jwt;

/// <summary>What an issuer says of itself (OpenID Connect Discovery 1.0 section 4.2): only where its keys are.</summary>
internal static class DiscoveryDocument
{
    /// <summary>Reads it.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="issuer">Whose it must be, to the letter.</param>
    /// <param name="keys">Where the keys are: an https URL.</param>
    /// <returns>Null, or what is wrong, as the end of a sentence.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> utf8, string issuer, out Uri? keys)
    {
        keys = null;
        try
        {
            using var document = StrictJson.Parse(utf8);
            if (document is null) return "is not a JSON object";
            if (!document.RootElement.TryGetProperty("issuer", out var named) || named.ValueKind != JsonValueKind.String || named.GetString() != issuer)
                return "is of another issuer than --oidc says";
            if (!document.RootElement.TryGetProperty("jwks_uri", out var place) || place.ValueKind != JsonValueKind.String
                || !Uri.TryCreate(place.GetString(), UriKind.Absolute, out var url) || url is not { Scheme: "https", UserInfo: "" }) return "names no https URL of keys (jwks_uri)";
            keys = url;
            return null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return "is broken JSON, or has a member twice";
        }
    }
}
