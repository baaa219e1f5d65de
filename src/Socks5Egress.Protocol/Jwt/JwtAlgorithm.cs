namespace Socks5Egress.Protocol.Jwt;

/// <summary>The signatures that are taken (RFC 7518 section 3.1, RFC 8037 section 3.1). There is none with a shared secret, and not "none".</summary>
internal enum JwtAlgorithm : byte
{
    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256, of a key of at least 2048 bits.</summary>
    RS256,

    /// <summary>ECDSA on P-256 with SHA-256; the signature is 64 bytes, R then S.</summary>
    ES256,

    /// <summary>Ed25519; the signature is 64 bytes.</summary>
    EdDSA,
}
