using System.Buffers;
using System.Buffers.Text;

namespace Socks5Egress.Protocol.Jwt;

/// <summary>Base64url as RFC 7515 section 2 has it: no padding, no blanks, and one spelling for each value.</summary>
internal static class Base64UrlText
{
    private static readonly SearchValues<byte> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>Decodes a text that is not empty.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = [];
        if (text.IsEmpty || text.ContainsAnyExcept(Alphabet) || text.Length % 4 == 1) return false;
        var room = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromUtf8(text, room, out _, out var length) != OperationStatus.Done) return false;
        // The last letter may have bits that count for nothing: those must be zero, or many texts were one token
        Span<byte> again = stackalloc byte[4];
        var (tail, rest) = (text.Length % 4, length % 3);
        if (tail != 0)
        {
            Base64Url.EncodeToUtf8(room.AsSpan(length - rest, rest), again, out _, out var written);
            if (!again[..written].SequenceEqual(text[^tail..])) return false;
        }
        bytes = length == room.Length ? room : room[..length];
        return true;
    }

    /// <summary>Decodes a text of JSON; null when it is none.</summary>
    public static byte[]? Decode(string? text)
    {
        if (text is null || !System.Text.Ascii.IsValid(text)) return null;
        return TryDecode(System.Text.Encoding.ASCII.GetBytes(text), out var bytes) ? bytes : null;
    }
}
