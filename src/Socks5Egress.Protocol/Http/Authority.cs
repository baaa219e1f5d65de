using System.Buffers;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// <c>uri-host ":" port</c>, the authority-form of RFC 9112 section 3.2.3, and the value of Host, where the port may be
/// missing. An IPv6 address stands in brackets. User-info, paths, zones, escapes and IPvFuture are refused.
/// </summary>
internal static class Authority
{
    // As long as SOCKS5 can say, so that a destination is one size whatever the protocol
    private const int MaxNameLength = 255;

    /// <summary>Splits an authority.</summary>
    /// <param name="text">All of it; not empty.</param>
    /// <param name="host">Where the host is in the text, without brackets.</param>
    /// <param name="port">0 to 65535, or null when there is neither colon nor port.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out Range host, out ushort? port)
    {
        port = null;
        int start = 0, end;
        bool legal;
        if (text.StartsWith("["u8))
        {
            start = 1;
            end = text.IndexOf((byte)']');
            legal = end > 0 && IsIPv6(text[start..end]);
            host = start..Math.Max(start, end);
            end++;
        }
        else
        {
            end = text.IndexOf((byte)':');
            if (end < 0) end = text.Length;
            legal = end is > 0 and <= MaxNameLength && !text[..end].ContainsAnyExcept(CharacterSet.RegName);
            host = start..end;
        }

        if (!legal) return false;
        if (end == text.Length) return true;
        if (text[end] != ':' || !PortLiteral.TryParse(text[(end + 1)..], out var number)) return false;
        port = number;
        return true;
    }

    private static bool IsIPv6(ReadOnlySpan<byte> text)
    {
        Span<byte> address = stackalloc byte[16];
        return AddressLiteral.Parse(text, address) == address.Length;
    }
}
