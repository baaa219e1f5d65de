using System.Buffers;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// What a client sends once <see cref="AuthMethod.UserPassword"/> was chosen (RFC 1929 section 2).
/// <code>
/// +-----+------+----------+------+----------+
/// | VER | ULEN |  UNAME   | PLEN |  PASSWD  |
/// +-----+------+----------+------+----------+
/// | 01  |  1   | 0 to 255 |  1   | 0 to 255 |
/// +-----+------+----------+------+----------+
/// </code>
/// The RFC says 1 to 255 for both. An empty one is read as such: it is a wrong credential, and the answer to
/// that is a status of failure, not a bare close. Lengths count: a NUL or a blank is a byte like any other.
/// </summary>
/// <param name="username">See <see cref="Username"/>.</param>
/// <param name="password">See <see cref="Password"/>.</param>
internal readonly struct UserPassword(ReadOnlySequence<byte> username, ReadOnlySequence<byte> password)
{
    internal const byte Version = 0x01;

    /// <summary>The longest message, in bytes.</summary>
    public const int MaxLength = 3 + 255 + 255;

    /// <summary>0 to 255 bytes inside the buffer that was read; gone when that buffer is advanced.</summary>
    public ReadOnlySequence<byte> Username { get; } = username;

    /// <summary>0 to 255 bytes inside the buffer that was read; gone when that buffer is advanced.</summary>
    public ReadOnlySequence<byte> Password { get; } = password;

    /// <summary>Reads a client's credentials; <see cref="ParseFault.Version"/> on the first byte when that is not 01.</summary>
    public static Parsed<UserPassword> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var version)) return Parsed<UserPassword>.NeedMore;
        if (version != Version) return Parsed<UserPassword>.Invalid(ParseFault.Version);
        return TryReadCounted(ref reader, out var username) && TryReadCounted(ref reader, out var password)
            ? Parsed<UserPassword>.Done(new UserPassword(username, password), reader.Position)
            : Parsed<UserPassword>.NeedMore;
    }

    /// <summary>Writes the credentials of a client.</summary>
    /// <param name="destination">At least 3 bytes longer than both values; the caller clears it after use.</param>
    /// <param name="username">At most 255 bytes.</param>
    /// <param name="password">At most 255 bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> username, ReadOnlySpan<byte> password)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(username.Length, byte.MaxValue, nameof(username));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(password.Length, byte.MaxValue, nameof(password));
        destination[0] = Version;
        destination[1] = (byte)username.Length;
        username.CopyTo(destination[2..]);
        destination[2 + username.Length] = (byte)password.Length;
        password.CopyTo(destination[(3 + username.Length)..]);
        return 3 + username.Length + password.Length;
    }

    private static bool TryReadCounted(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> value)
    {
        value = default;
        return reader.TryRead(out var length) && reader.TryReadExact(length, out value);
    }
}
