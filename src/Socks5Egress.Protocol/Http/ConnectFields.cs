using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// What the field lines of a CONNECT head say that matters here. Two of a field that may stand once are refused: readers
/// differ on which of them counts (RFC 9112 section 3.2 for Host, RFC 9110 section 5.3 for the rest).
/// </summary>
internal struct ConnectFields
{
    private int _count;

    /// <summary>Whether there was a Host.</summary>
    public bool HasHost { get; private set; }

    /// <summary>Where the value of Proxy-Authorization is in the head, or null without one.</summary>
    public Range? ProxyAuthorization { get; private set; }

    /// <summary>Takes the next field line.</summary>
    /// <param name="line">Without its CR LF.</param>
    /// <param name="offset">Where the line is in the head.</param>
    public ParseFault Add(ReadOnlySpan<byte> line, int offset)
    {
        if (++_count > ConnectHead.MaxFields) return ParseFault.TooLarge;
        if (!FieldLine.TryParse(line, out var name, out var value)) return ParseFault.Syntax;

        if (Ascii.EqualsIgnoreCase(line[name], "Host"u8))
        {
            if (HasHost || !IsLegalHost(line[value])) return ParseFault.Syntax;
            HasHost = true;
        }
        else if (Ascii.EqualsIgnoreCase(line[name], "Proxy-Authorization"u8))
        {
            if (ProxyAuthorization is not null) return ParseFault.Syntax;
            ProxyAuthorization = (offset + value.Start.Value)..(offset + value.End.Value);
        }

        return ParseFault.None;
    }

    // Empty is legal: a target without an authority has nothing to say there (RFC 9112 section 3.2)
    private static bool IsLegalHost(ReadOnlySpan<byte> value) => value.IsEmpty || Authority.TryParse(value, out _, out _);
}
