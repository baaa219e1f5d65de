namespace Socks5Egress.Configuration;

/// <summary>
/// A text that must not be seen: a record, a log line or an exception that holds one prints <c>***</c>.
/// Compare with <see cref="Reveal"/> only where timing does not matter.
/// </summary>
internal readonly struct Secret(string value) : IEquatable<Secret>
{
    /// <summary>What every secret prints.</summary>
    public const string Mask = "***";

    private readonly string? _value = value;

    /// <summary>The text itself. Each call is a place to review.</summary>
    public string Reveal() => _value ?? "";

    public bool Equals(Secret other) => string.Equals(Reveal(), other.Reveal(), StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is Secret other && Equals(other);

    /// <summary>The same for all: a hash of a secret is a hint at it.</summary>
    public override int GetHashCode() => 0;

    public override string ToString() => Mask;

    public static bool operator ==(Secret left, Secret right) => left.Equals(right);

    public static bool operator !=(Secret left, Secret right) => !left.Equals(right);
}
