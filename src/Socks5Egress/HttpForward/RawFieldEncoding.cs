using System.Text;

namespace Socks5Egress.HttpForward;

/// <summary>
/// Kestrel asks an <see cref="Encoding"/> for the text of each field value, and so shows its raw bytes. Every value is Latin-1, one character a
/// byte, so that it leaves as it came. The three fields that Kestrel acts on are noted, and Kestrel is told what it may act on.
/// </summary>
internal sealed class RawFieldEncoding : Encoding
{
    private static readonly RawFieldEncoding Connection = new(OfConnection);
    private static readonly RawFieldEncoding Length = new(OfLength);
    private static readonly RawFieldEncoding Coding = new(OfCoding);

    private readonly Func<ReadOnlySpan<byte>, string> _read;

    private RawFieldEncoding(Func<ReadOnlySpan<byte>, string> read) => _read = read;

    /// <summary>Kestrel's <c>RequestHeaderEncodingSelector</c>.</summary>
    public static Encoding Select(string name)
    {
        if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase)) return Connection;
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) return Length;
        return name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) ? Coding : Latin1;
    }

    // The only one of the two that is called for an empty result, which the others never have
    public override int GetCharCount(byte[] bytes, int index, int count)
    {
        var value = bytes.AsSpan(index, count);
        if (this == Connection) RawFields.NoteConnection(Latin1.GetString(value));
        return _read(value).Length;
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        // Kestrel does not count the characters of a length first
        if (this == Length) RawFields.NoteLength();
        if (this == Coding) RawFields.NoteCoding();
        var text = _read(bytes.AsSpan(byteIndex, byteCount));
        text.CopyTo(0, chars, charIndex, text.Length);
        return text.Length;
    }

    public override int GetByteCount(char[] chars, int index, int count) => count;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => Math.Max(byteCount, "keep-alive".Length);

    // An upgrade is never passed on, so Kestrel must not prepare for one
    private static string OfConnection(ReadOnlySpan<byte> value)
    {
        var text = Latin1.GetString(value);
        return HopByHop.Names(text, "close") ? "close" : HopByHop.Names(text, "keep-alive") ? "keep-alive" : "";
    }

    // What is no length must be none for Kestrel either: it answers 400
    private static string OfLength(ReadOnlySpan<byte> value) =>
        value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? "-" : Latin1.GetString(value);

    private static string OfCoding(ReadOnlySpan<byte> value) =>
        Ascii.EqualsIgnoreCase(value, "chunked"u8) ? "chunked" : "refused";
}
