using System.Collections.Immutable;
using System.Text.Json;

namespace Socks5Egress.Protocol.Jwt;

/// <summary>A public key of an issuer (RFC 7517).</summary>
/// <param name="KeyId">Its name.</param>
/// <param name="Algorithm">The one algorithm that it verifies, by its kind.</param>
/// <param name="First">The modulus of RSA, big-endian without zeros in front; X of P-256; the 32 bytes of Ed25519.</param>
/// <param name="Second">The exponent of RSA; Y of P-256; empty for Ed25519.</param>
internal sealed record JsonWebKey(string KeyId, JwtAlgorithm Algorithm, ImmutableArray<byte> First, ImmutableArray<byte> Second)
{
    /// <summary>Whether both are the same key under the same name.</summary>
    public bool IsSame(JsonWebKey other) => ReferenceEquals(this, other) || (KeyId == other.KeyId && Algorithm == other.Algorithm
        && First.AsSpan().SequenceEqual(other.First.AsSpan()) && Second.AsSpan().SequenceEqual(other.Second.AsSpan()));
}

/// <summary>The keys that an issuer publishes (RFC 7517 section 5). What cannot verify a signature that is taken is left out.</summary>
internal static class JsonWebKeySet
{
    /// <summary>The longest set, in bytes.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>The most keys of a set.</summary>
    public const int MaxKeys = 256;

    /// <summary>The shortest modulus of RSA, in bits.</summary>
    public const int MinRsaBits = 2048;

    private const int MaxRsaBits = 16384;
    private const int CoordinateLength = 32;

    /// <summary>Reads a set.</summary>
    /// <param name="utf8">Its JSON.</param>
    /// <param name="keys">Those that can be used, each once.</param>
    /// <returns>Null, or what is wrong with all of it, as the end of a sentence.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> utf8, out ImmutableArray<JsonWebKey> keys)
    {
        keys = [];
        try
        {
            using var document = StrictJson.Parse(utf8);
            if (document is null || !document.RootElement.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
                return "is not a JSON object with a list \"keys\"";
            if (list.GetArrayLength() > MaxKeys) return $"has more than {MaxKeys} keys";
            keys = [.. list.EnumerateArray().Select(Read).OfType<JsonWebKey>().DistinctBy(key => (key.KeyId, key.Algorithm))];
            return keys.IsEmpty ? "has no key for RS256 (2048 bits or more), ES256 or EdDSA (Ed25519) with a kid" : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return "is broken JSON, or has a member twice";
        }
    }

    private static JsonWebKey? Read(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || Text(key, "kid") is not { Length: > 0 } id) return null;
        if (key.TryGetProperty("use", out _) && Text(key, "use") != "sig") return null;
        if (key.TryGetProperty("key_ops", out var uses)
            && (uses.ValueKind != JsonValueKind.Array || !uses.EnumerateArray().Any(use => use.ValueKind == JsonValueKind.String && use.ValueEquals("verify"u8)))) return null;
        var named = Text(key, "alg");
        return Text(key, "kty") switch
        {
            "RSA" when named is null or "RS256" => OfRsa(id, Bytes(key, "n"), Bytes(key, "e")),
            "EC" when (named is null or "ES256") && Text(key, "crv") == "P-256" => OfCurve(id, JwtAlgorithm.ES256, Bytes(key, "x"), Bytes(key, "y")),
            "OKP" when (named is null or "EdDSA") && Text(key, "crv") == "Ed25519" => OfCurve(id, JwtAlgorithm.EdDSA, Bytes(key, "x"), []),
            _ => null,
        };
    }

    private static JsonWebKey? OfRsa(string id, byte[]? modulus, byte[]? exponent)
    {
        if (modulus is null || exponent is null) return null;
        // Some write a zero in front, as ASN.1 does
        modulus = [.. modulus.SkipWhile(digit => digit == 0)];
        exponent = [.. exponent.SkipWhile(digit => digit == 0)];
        if (modulus.Length == 0 || exponent.Length is 0 or > 8 || (exponent[^1] & 1) == 0 || exponent is [1]) return null;
        var bits = (modulus.Length * 8) - System.Numerics.BitOperations.LeadingZeroCount((uint)modulus[0]) + 24;
        return bits is < MinRsaBits or > MaxRsaBits ? null : new JsonWebKey(id, JwtAlgorithm.RS256, [.. modulus], [.. exponent]);
    }

    private static JsonWebKey? OfCurve(string id, JwtAlgorithm algorithm, byte[]? x, byte[]? y) =>
        x is { Length: CoordinateLength } && y is { Length: 0 or CoordinateLength } && (y.Length == 0) == (algorithm == JwtAlgorithm.EdDSA)
            ? new JsonWebKey(id, algorithm, [.. x], [.. y]) : null;

    private static byte[]? Bytes(JsonElement key, string name) => Base64UrlText.Decode(Text(key, name));

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
