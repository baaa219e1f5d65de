using System.Buffers;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// <c>field-name ":" OWS field-value OWS</c> (RFC 9112 section 5). A blank before the colon and a line that goes on from
/// the one before (obs-fold, section 5.2) are no field-name, and refused with it.
/// </summary>
internal static class FieldLine
{
    /// <summary>Splits a line.</summary>
    /// <param name="line">Without its CR LF; not empty.</param>
    /// <param name="name">Where the name is in the line.</param>
    /// <param name="value">Where the value is, without the blanks around it; may be empty.</param>
    public static bool TryParse(ReadOnlySpan<byte> line, out Range name, out Range value)
    {
        var colon = line.IndexOf((byte)':');
        int start = colon + 1, end = line.Length;
        while (start < end && IsBlank(line[start])) start++;
        while (end > start && IsBlank(line[end - 1])) end--;
        name = 0..Math.Max(colon, 0);
        value = start..end;
        return colon > 0 && !line[name].ContainsAnyExcept(CharacterSet.Token) && !line[value].ContainsAny(CharacterSet.Control);
    }

    /// <summary>
    /// As <see cref="TryParse"/> for an answer: blanks between name and colon are dropped, as a proxy has to do there (RFC 9112 section 5.1).
    /// </summary>
    public static bool TryParseLoosely(ReadOnlySpan<byte> line, out Range name, out Range value)
    {
        var colon = line.IndexOf((byte)':');
        var end = colon;
        while (end > 0 && IsBlank(line[end - 1])) end--;
        if (end == colon || end <= 0) return TryParse(line, out name, out value);
        _ = TryParse(line[colon..], out _, out value);
        value = (value.Start.Value + colon)..(value.End.Value + colon);
        name = 0..end;
        return !line[name].ContainsAnyExcept(CharacterSet.Token) && !line[value].ContainsAny(CharacterSet.Control);
    }

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';
}
