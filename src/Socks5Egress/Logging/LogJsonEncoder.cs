using System.Text;
using System.Text.Encodings.Web;

namespace Socks5Egress.Logging;

/// <summary>
/// The relaxed encoder, which leaves &lt; &gt; &amp; + as they are (these lines are for log tools and people, never for a page), and beyond it an escape for
/// all that <see cref="LogEscape"/> names: to the relaxed one a right-to-left override is a letter like others.
/// </summary>
internal sealed unsafe class LogJsonEncoder : JavaScriptEncoder
{
    private const int Longest = 12;
    private static readonly JavaScriptEncoder Relaxed = UnsafeRelaxedJsonEscaping;

    public override int MaxOutputCharactersPerInputCharacter => Longest;

    public override bool WillEncode(int unicodeScalar) => Relaxed.WillEncode(unicodeScalar) || LogEscape.Needs(new Rune(unicodeScalar));

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var first = Relaxed.FindFirstCharacterToEncode(text, textLength);
        var plain = new ReadOnlySpan<char>(text, first < 0 ? textLength : first);
        if (Ascii.IsValid(plain)) return first;
        var at = 0;
        foreach (var rune in plain.EnumerateRunes())
        {
            if (LogEscape.Needs(rune)) return at;
            at += rune.Utf16SequenceLength;
        }
        return first;
    }

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        if (Relaxed.WillEncode(unicodeScalar))
            return Relaxed.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
        Span<char> units = stackalloc char[2];
        var count = new Rune(unicodeScalar).EncodeToUtf16(units);
        var output = new Span<char>(buffer, bufferLength);
        numberOfCharactersWritten = 0;
        if (output.Length < count * 6) return false;
        foreach (var unit in units[..count])
        {
            output[numberOfCharactersWritten] = '\\';
            output[numberOfCharactersWritten + 1] = 'u';
            ((int)unit).TryFormat(output[(numberOfCharactersWritten + 2)..], out _, "x4", System.Globalization.CultureInfo.InvariantCulture);
            numberOfCharactersWritten += 6;
        }
        return true;
    }
}
