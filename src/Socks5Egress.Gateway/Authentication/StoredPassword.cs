using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// What is kept of a password: a salted PBKDF2 hash for one that a person chose, a bare SHA-256 for a generated token,
/// which has too many values to be guessed whatever the hash costs. Two written forms, neither with a comma or a blank:
/// <c>pbkdf2-sha256:ITERATIONS:SALT:HASH</c> (salt and hash in base64) and <c>sha256:HEX</c> (64 hexadecimal digits, what
/// <c>sha256sum</c> prints).
/// </summary>
internal sealed class StoredPassword
{
    /// <summary>OWASP's figure for PBKDF2 with HMAC-SHA-256.</summary>
    public const int DefaultIterations = 600_000;

    /// <summary>Above it one login would hold a core for many seconds.</summary>
    public const int MaxIterations = 10_000_000;

    /// <summary>Below it the hash protects nothing; a typing error more likely than a wish.</summary>
    public const int MinIterations = 1_000;

    private const string TokenPrefix = "sha256:";
    private const string Pbkdf2Prefix = "pbkdf2-sha256:";
    private const int SaltBytes = 16;
    private const int MinSaltBytes = 8;

    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private StoredPassword(int iterations, byte[] salt, byte[] hash)
    {
        Iterations = iterations;
        _salt = salt;
        _hash = hash;
    }

    /// <summary>How often PBKDF2 hashes; 0 for a token.</summary>
    public int Iterations { get; }

    /// <summary>Checking it takes microseconds, so it need not leave the caller's thread.</summary>
    public bool IsToken => Iterations == 0;

    public ReadOnlySpan<byte> Salt => _salt;

    /// <summary>32 bytes.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>Whether both are the same stored form.</summary>
    public bool IsSame(StoredPassword other) => ReferenceEquals(this, other)
        || (Iterations == other.Iterations && Salt.SequenceEqual(other.Salt) && CryptographicOperations.FixedTimeEquals(Hash, other.Hash));

    /// <summary>The stored form of a generated token.</summary>
    public static StoredPassword OfToken(ReadOnlySpan<byte> token) => new(0, [], SHA256.HashData(token));

    /// <summary>The stored form of a password, with a new salt. Costs tenths of a second at the default.</summary>
    public static StoredPassword OfPassword(ReadOnlySpan<byte> password, int iterations = DefaultIterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new StoredPassword(iterations, salt,
            Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes));
    }

    /// <summary>One that no password fits: what a login of an unknown user is checked against, at the usual cost.</summary>
    public static StoredPassword Unmatchable(int iterations)
        => new(iterations, RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));

    /// <summary>Reads a stored form.</summary>
    /// <returns>Null, or what is wrong with the text, without quoting it: half a hash is still a hint.</returns>
    public static string? Parse(string text, out StoredPassword? password)
    {
        password = null;
        if (text.StartsWith(TokenPrefix, StringComparison.Ordinal)) return ParseToken(text[TokenPrefix.Length..], out password);
        if (text.StartsWith(Pbkdf2Prefix, StringComparison.Ordinal)) return ParsePbkdf2(text[Pbkdf2Prefix.Length..], out password);
        return "the stored form begins with neither 'pbkdf2-sha256:' nor 'sha256:'; make one with 'socks5egress hash-password'";
    }

    private static string? ParseToken(string hex, out StoredPassword? password)
    {
        password = null;
        if (hex.Length != 2 * SHA256.HashSizeInBytes || !hex.All(char.IsAsciiHexDigit))
            return "sha256: must be followed by 64 hexadecimal digits";
        password = new StoredPassword(0, [], Convert.FromHexString(hex));
        return null;
    }

    private static string? ParsePbkdf2(string text, out StoredPassword? password)
    {
        password = null;
        var parts = text.Split(':');
        if (parts.Length != 3) return "pbkdf2-sha256: must be followed by ITERATIONS:SALT:HASH";
        if (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < MinIterations or > MaxIterations)
            return string.Create(CultureInfo.InvariantCulture,
                $"the iterations of pbkdf2-sha256 must be a number from {MinIterations} to {MaxIterations}");
        if (!TryBase64(parts[1], out var salt) || salt.Length < MinSaltBytes)
            return string.Create(CultureInfo.InvariantCulture, $"the salt of pbkdf2-sha256 must be base64 of at least {MinSaltBytes} bytes");
        if (!TryBase64(parts[2], out var hash) || hash.Length != SHA256.HashSizeInBytes)
            return "the hash of pbkdf2-sha256 must be base64 of 32 bytes";
        password = new StoredPassword(iterations, salt, hash);
        return null;
    }

    private static bool TryBase64(string text, out byte[] bytes)
    {
        var buffer = new byte[text.Length];
        var legal = Convert.TryFromBase64String(text, buffer, out var written);
        bytes = legal ? buffer[..written] : [];
        return legal;
    }

    /// <summary>The written form. It is a secret: print it only where somebody asked for it.</summary>
    public string Format()
    {
        var text = new StringBuilder();
        if (IsToken) return text.Append(TokenPrefix).Append(Convert.ToHexStringLower(_hash)).ToString();
        return text.Append(Pbkdf2Prefix).Append(CultureInfo.InvariantCulture, $"{Iterations}:").Append(Convert.ToBase64String(_salt))
            .Append(':').Append(Convert.ToBase64String(_hash)).ToString();
    }

    /// <summary>Says which kind it is and nothing of its content.</summary>
    public override string ToString() => (IsToken ? TokenPrefix : Pbkdf2Prefix) + "***";
}
