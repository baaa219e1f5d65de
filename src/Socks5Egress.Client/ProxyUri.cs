using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Socks5Egress.Client;

/// <summary>
/// Reads <c>socks5://[user[:password]@]host[:port]</c>. Not by <see cref="Uri"/>, whose messages repeat the text:
/// a password must not reach a terminal or a log because of a typing error beside it.
/// </summary>
internal static class ProxyUri
{
    private const string Form = "socks5://[user[:password]@]host:port";

    private static readonly SearchValues<char> NotInHost = SearchValues.Create("/?#% \t[]\\");

    public static bool TryRead(
        string? text, string? fallbackPassword, [NotNullWhen(true)] out Socks5Proxy? proxy, [NotNullWhen(false)] out string? fault)
    {
        proxy = null;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text)) return Fail($"The gateway is empty; write {Form}.", out fault);
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return Fail($"The gateway has no scheme; write {Form}.", out fault);
        var secure = text[..scheme].Equals("socks5+tls", StringComparison.OrdinalIgnoreCase);
        if (!secure && text[..scheme].ToUpperInvariant() is not ("SOCKS5" or "SOCKS5H"))
            return Fail($"The gateway's scheme '{text[..scheme]}' is not socks5, socks5h or socks5+tls; write {Form}.", out fault);

        var rest = text[(scheme + 3)..];
        if (!GatewayQuery.TryCut(ref rest, secure, out var query, out fault)) return false;
        rest = rest.TrimEnd('/');
        var at = rest.LastIndexOf('@');
        var place = rest[(at + 1)..];
        if (!TrySplitPlace(place, out var host, out var port))
            return Fail($"What follows the scheme is no host and port; write {Form}, an IPv6 address in brackets.", out fault);

        if (!TryReadCredentials(at < 0 ? null : rest[..at], fallbackPassword, out var credentials, out fault)) return false;
        if (query.Login is null && query.Audience is not null) return Fail("audience= is for login=, and there is none; add login=fly, github, gitlab, file:PATH or command:WORDS.", out fault);
        var login = query.Login is null ? null : Socks5Login.TryParse(query.Login, query.Audience);
        if (query.Login is not null && login is null) return Fail("login= is none of fly, github, gitlab, file:PATH and command:WORDS (percent-encoded).", out fault);
        if (login is not null && credentials is not null) return Fail("The gateway has a user and login= as well; leave one of them out.", out fault);
        proxy = new Socks5Proxy(host, port, credentials) { Tls = query.Tls, Warm = query.Warm, Pipelines = query.Pipelines, Login = login };
        return true;
    }

    /// <summary>Splits <c>host</c>, <c>host:port</c>, <c>[v6]</c> or <c>[v6]:port</c>.</summary>
    private static bool TrySplitPlace(string place, out string host, out int port)
    {
        port = Socks5Proxy.DefaultPort;
        var bracketed = place.StartsWith('[');
        var end = bracketed ? place.IndexOf(']') : place.IndexOf(':');
        if (bracketed && end < 0) end = 0;
        host = bracketed ? place[1..Math.Max(1, end)] : end < 0 ? place : place[..end];
        var tail = bracketed ? place[(end + 1)..] : end < 0 ? "" : place[end..];
        if (host.Length == 0 || host.AsSpan().ContainsAny(NotInHost)) return false;
        if (bracketed != host.Contains(':', StringComparison.Ordinal)) return false;
        if (tail.Length == 0) return true;
        return tail[0] == ':' && int.TryParse(tail.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= ushort.MaxValue;
    }

    private static bool TryReadCredentials(
        string? userInfo, string? fallbackPassword, out NetworkCredential? credentials, [NotNullWhen(false)] out string? fault)
    {
        credentials = null;
        fault = null;
        if (userInfo is null) return true;
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        var user = Uri.UnescapeDataString(colon < 0 ? userInfo : userInfo[..colon]);
        var password = colon < 0 ? fallbackPassword : Uri.UnescapeDataString(userInfo[(colon + 1)..]);
        if (!Socks5Proxy.FitsCredential(user))
            return Fail("The gateway's user name is empty or longer than 255 bytes (RFC 1929).", out fault);
        if (string.IsNullOrEmpty(password))
            return Fail($"The gateway's user '{user}' has no password; write user:password@, or set SOCKS5EGRESS_PASSWORD for the command line.", out fault);
        if (!Socks5Proxy.FitsCredential(password))
            return Fail($"The password of the gateway's user '{user}' is longer than 255 bytes (RFC 1929).", out fault);
        credentials = new NetworkCredential(user, password);
        return true;
    }

    private static bool Fail(string why, out string fault)
    {
        fault = why;
        return false;
    }
}
