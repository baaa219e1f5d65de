using System.Collections.Frozen;

namespace Socks5Egress.HttpForward;

/// <summary>
/// The fields that mean one connection and not the message (RFC 9110 section 7.6.1): those named here, and those that Connection names. Also
/// Content-Length and Host, which are written anew from what was understood.
/// </summary>
internal static class HopByHop
{
    private static readonly FrozenSet<string> Always = new[]
    {
        "Connection", "Proxy-Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings",
        "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info",
        "Content-Length", "Host",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a field stays behind.</summary>
    /// <param name="name">The field.</param>
    /// <param name="connection">The values of Connection, joined by commas; null without one.</param>
    public static bool Ends(string name, string? connection) => Always.Contains(name) || (connection is not null && Names(connection, name));

    /// <summary>Whether a comma list of tokens holds this one, in any case.</summary>
    public static bool Names(ReadOnlySpan<char> list, string token)
    {
        foreach (var range in list.Split(','))
        {
            if (list[range].Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}
