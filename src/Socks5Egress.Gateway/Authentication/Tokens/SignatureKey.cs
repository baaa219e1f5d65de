using System.Collections.Concurrent;
using System.Security.Cryptography;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>A public key that verifies the one algorithm that it is for, whatever a token says.</summary>
/// <param name="published">As its issuer publishes it.</param>
internal sealed class SignatureKey(JsonWebKey published)
{
    // .NET does not promise that one object verifies on several threads at once
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];

    /// <summary>As its issuer publishes it.</summary>
    public JsonWebKey Published => published;

    /// <summary>Makes a key, or null where this system cannot verify with it.</summary>
    public static SignatureKey? TryCreate(JsonWebKey published)
    {
        if (published.Algorithm == JwtAlgorithm.EdDSA) return Ed25519.IsAvailable ? new SignatureKey(published) : null;
        try
        {
            var key = new SignatureKey(published);
            key._idle.Add(key.Create());
            return key;
        }
        catch (CryptographicException)
        {
            // A point that is not on the curve, or a modulus that OpenSSL does not take
            return null;
        }
    }

    /// <summary>Whether a signature is this key's.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (published.Algorithm == JwtAlgorithm.EdDSA) return Ed25519.Verify(published.First.AsSpan(), message, signature);
        if (!_idle.TryTake(out var verifier)) verifier = Create();
        try
        {
            return verifier switch
            {
                RSA rsa => signature.Length == published.First.Length && rsa.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                ECDsa curve => signature.Length == 64 && curve.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            _idle.Add(verifier);
        }
    }

    private AsymmetricAlgorithm Create() => published.Algorithm == JwtAlgorithm.RS256
        ? RSA.Create(new RSAParameters { Modulus = [.. published.First], Exponent = [.. published.Second] })
        : ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = [.. published.First], Y = [.. published.Second] } });
}
