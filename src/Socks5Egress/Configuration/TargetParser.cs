using System.Globalization;
using System.Net.Sockets;
using Socks5Egress.Protocol;

namespace Socks5Egress.Configuration;

/// <summary>A target as it is written on the command line: <c>HOST:PORT</c>, an IPv6 address in brackets.</summary>
internal static class TargetParser
{
    private const int LongestName = 255;

    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(string text, out Destination target)
    {
        target = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0) return $"'{text}' is not HOST:PORT; write for example db.example.com:5432 or [2001:db8::1]:5432";
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            return $"'{text}' has no port from 1 to 65535 behind its last colon";

        var host = text[..colon];
        if (host is ['[', .., ']'])
        {
            if (!AddressLiteral.TryParse(host.AsSpan(1, host.Length - 2), out var v6))
                return $"'{host}' is not an IPv6 address";
            target = Destination.Of(v6, port);
            return null;
        }

        if (AddressLiteral.TryParse(host, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork) target = Destination.Of(v4, port);
        else if (host.Contains(':', StringComparison.Ordinal)) return $"'{text}' has an IPv6 address without brackets; write [{host}]:{text[(colon + 1)..]}";
        else if (host.Length > LongestName || !host.All(IsNameCharacter)) return $"'{host}' is not a host name";
        else target = Destination.Of(host, port);
        return null;
    }

    // What it may hold is the gateway's to judge; what would break a line, a URL or a connection string is refused here
    private static bool IsNameCharacter(char c) => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' || c > 127;
}
