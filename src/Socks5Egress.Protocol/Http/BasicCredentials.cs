using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// The user and password in a Proxy-Authorization field (RFC 7617 section 2).
/// <code>
/// "Basic" 1*SP base64( user ":" password )      the first colon divides; bytes are UTF-8
/// </code>
/// </summary>
internal readonly ref struct BasicCredentials
{
    // The longest value below in base64, the scheme, and some blanks
    private const int MaxFieldLength = 1024;

    private BasicCredentials(ReadOnlySpan<byte> username, ReadOnlySpan<byte> password)
    {
        Username = username;
        Password = password;
    }

    /// <summary>
    /// The room that decoding needs, in bytes: two values of 255, as SOCKS5 can say, and the colon. What is longer cannot be
    /// right.
    /// </summary>
    public const int MaxLength = 255 + 1 + 255;

    /// <summary>The user name; a slice of the caller's span.</summary>
    public ReadOnlySpan<byte> Username { get; }

    /// <summary>The password; a slice of the caller's span. May hold colons.</summary>
    public ReadOnlySpan<byte> Password { get; }

    /// <summary>Decodes a field value. False means that the credentials are wrong, and is answered like it (407).</summary>
    /// <param name="value">The field value, without blanks around it.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes; the caller clears it after use.</param>
    /// <param name="credentials">Slices of <paramref name="destination"/>.</param>
    public static bool TryDecode(in ReadOnlySequence<byte> value, Span<byte> destination, out BasicCredentials credentials)
    {
        credentials = default;
        if (value.Length > MaxFieldLength) return false;
        Span<byte> copy = stackalloc byte[MaxFieldLength];
        value.CopyTo(copy);
        var field = copy[..(int)value.Length];
        var decoded = TryDecode(field, destination[..MaxLength], out var length);
        field.Clear();
        if (!decoded) return false;

        var colon = destination[..length].IndexOf((byte)':');
        if (colon < 0) return false;
        credentials = new BasicCredentials(destination[..colon], destination[(colon + 1)..length]);
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> field, Span<byte> destination, out int length)
    {
        length = 0;
        var scheme = "Basic "u8;
        if (field.Length < scheme.Length || !Ascii.EqualsIgnoreCase(field[..scheme.Length], scheme)) return false;
        var encoded = field[scheme.Length..].TrimStart((byte)' ');
        // The decoder skips blanks; token68 has none
        return !encoded.ContainsAnyExcept(CharacterSet.Base64)
            && Base64.DecodeFromUtf8(encoded, destination, out _, out length) == OperationStatus.Done;
    }
}
