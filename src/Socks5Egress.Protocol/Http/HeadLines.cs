using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// Walks the lines of a head. A line ends with CR LF (RFC 9112 section 2.2); a bare LF, which that section lets a
/// recipient take, is refused, because two readers that differ on it see two messages.
/// </summary>
/// <param name="head">The bytes.</param>
/// <param name="maxLineLength">The longest line without its CR LF, in bytes.</param>
internal ref struct HeadLines(ReadOnlySpan<byte> head, int maxLineLength = HeadLines.MaxLineLength)
{
    /// <summary>The longest line of a request without its CR LF, in bytes.</summary>
    public const int MaxLineLength = 8 * 1024;

    private readonly ReadOnlySpan<byte> _head = head;

    /// <summary>The offset behind the last line, in bytes. Set it to begin elsewhere.</summary>
    public int Position { get; set; }

    /// <summary>Steps over the next line.</summary>
    /// <param name="line">Where it is in the head, without its CR LF.</param>
    /// <param name="fault">
    /// <see cref="ParseFault.LineTooLong"/>, or <see cref="ParseFault.Syntax"/> for a bare LF. A bare CR is a control character
    /// inside a line, for whoever reads the line.
    /// </param>
    public ParseStatus Next(out Range line, out ParseFault fault)
    {
        line = default;
        fault = ParseFault.None;
        // A token may have 8 KiB of its own: the limit of its line is that of the head
        var limit = IsCredentials(_head[Position..]) ? _head.Length : maxLineLength;
        var window = _head[Position..Math.Min(_head.Length, Position + limit + 2)];
        var end = window.IndexOf((byte)'\n');
        if (end < 0 && window.Length < limit + 2) return ParseStatus.NeedMore;
        if (end < 0) fault = ParseFault.LineTooLong;
        else if (end == 0 || window[end - 1] != '\r') fault = ParseFault.Syntax;
        if (fault != ParseFault.None) return ParseStatus.Invalid;

        line = Position..(Position + end - 1);
        Position += end + 1;
        return ParseStatus.Done;
    }

    private static bool IsCredentials(ReadOnlySpan<byte> line)
    {
        var name = "Proxy-Authorization:"u8;
        var own = name["Proxy-".Length..];
        return (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
            || (line.Length > own.Length && Ascii.EqualsIgnoreCase(line[..own.Length], own));
    }
}
