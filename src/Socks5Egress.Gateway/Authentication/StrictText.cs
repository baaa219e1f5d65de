using System.Text;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// Text of a file: UTF-8, or UTF-16 where its first bytes say so. A byte that is no text is a mistake, and never U+FFFD: two names that differ in such
/// bytes would be one.
/// </summary>
internal static class StrictText
{
    private static readonly Encoding[] Known =
    [
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    /// <summary>Reads it.</summary>
    /// <returns>Null, or what is wrong: <c>line 3: …</c>.</returns>
    public static string? Read(ReadOnlySpan<byte> bytes, out string text)
    {
        var encoding = Known[0];
        foreach (var each in Known)
        {
            if (!bytes.StartsWith(each.Preamble)) continue;
            encoding = each;
            bytes = bytes[each.Preamble.Length..];
            break;
        }

        try
        {
            text = encoding.GetString(bytes);
            return null;
        }
        catch (DecoderFallbackException fault)
        {
            text = "";
            var line = Lines(encoding, bytes[..Math.Clamp(fault.Index, 0, bytes.Length)]) + 1;
            return $"line {line}: there is a byte that is no text in {encoding.WebName.ToUpperInvariant()}; save the file in UTF-8";
        }
    }

    private static int Lines(Encoding encoding, ReadOnlySpan<byte> before)
    {
        var lines = 0;
        var newline = encoding.GetBytes("\n");
        for (var i = 0; i + newline.Length <= before.Length; i += newline.Length)
            if (before[i..].StartsWith(newline)) lines++;
        return lines;
    }
}
