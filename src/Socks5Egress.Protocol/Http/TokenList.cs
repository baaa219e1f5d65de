using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>A comma list of tokens (RFC 9110 section 5.6.1), such as the value of Connection. Empty elements count for nothing.</summary>
internal static class TokenList
{
    /// <summary>Whether the list holds this token, in any case.</summary>
    public static bool Contains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> token)
    {
        while (TryNext(ref list, out var element))
        {
            if (Ascii.EqualsIgnoreCase(element, token)) return true;
        }
        return false;
    }

    /// <summary>Takes the first element off a list.</summary>
    /// <param name="list">What is left of it afterwards.</param>
    /// <param name="element">Without the blanks around it; may be empty.</param>
    /// <returns>False at the end.</returns>
    public static bool TryNext(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (list.IsEmpty) return false;
        var comma = list.IndexOf((byte)',');
        element = (comma < 0 ? list : list[..comma]).Trim(" \t"u8);
        list = comma < 0 ? default : list[(comma + 1)..];
        return true;
    }
}
