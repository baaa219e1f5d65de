using System.Security.Cryptography;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>Derives a key from a password: PBKDF2, or a counting stand-in in tests.</summary>
internal delegate void PasswordHash(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations, Span<byte> hash);

/// <summary>The real one.</summary>
internal static class PasswordHashes
{
    /// <summary>PBKDF2 with HMAC-SHA-256: about 0.2 microseconds an iteration on one core.</summary>
    public static readonly PasswordHash Pbkdf2 = (password, salt, iterations, hash)
        => Rfc2898DeriveBytes.Pbkdf2(password, salt, hash, iterations, HashAlgorithmName.SHA256);
}
