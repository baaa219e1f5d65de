using System.Buffers;
using System.Text;

namespace Socks5Egress.Protocol.Jwt;

/// <summary>A token in a field of a request (RFC 6750 section 2.1): <c>"Bearer" 1*SP token68</c>.</summary>
internal static class BearerCredentials
{
    private static ReadOnlySpan<byte> Scheme => "Bearer"u8;

    /// <summary>Whether a field's value is of this scheme, whatever follows.</summary>
    public static bool IsBearer(in ReadOnlySequence<byte> value)
    {
        if (value.Length < Scheme.Length) return false;
        Span<byte> start = stackalloc byte[Scheme.Length + 1];
        start = start[..(int)Math.Min(start.Length, value.Length)];
        value.Slice(0, start.Length).CopyTo(start);
        return Ascii.EqualsIgnoreCase(start[..Scheme.Length], Scheme) && (start.Length == Scheme.Length || start[^1] == ' ');
    }

    /// <summary>The token of a value for which <see cref="IsBearer"/> says so, in bytes of its own, which the caller clears; its first 8 KiB and a byte when it is too long.</summary>
    public static byte[] TokenOf(in ReadOnlySequence<byte> value)
    {
        var rest = value.Slice(Scheme.Length);
        var reader = new SequenceReader<byte>(rest);
        reader.AdvancePast((byte)' ');
        return reader.UnreadSequence.Slice(0, Math.Min(reader.Remaining, JsonWebToken.MaxLength + 1)).ToArray();
    }
}
