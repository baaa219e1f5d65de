using Socks5Egress.Forwarding;
using Socks5Egress.Protocol;

namespace Socks5Egress.Checking;

/// <summary>
/// What is to be checked: <c>HOST:PORT</c>, or <c>SCHEME://[USER@]HOST[:PORT][/DATABASE]</c>. Without a scheme the port tells what is
/// spoken. A password never stands in it: it would be in the process list.
/// </summary>
/// <param name="Protocol">What to say to it.</param>
/// <param name="Place">Where it is.</param>
/// <param name="User">Who to be there, or null.</param>
/// <param name="Database">Which database, or null.</param>
internal sealed record CheckTarget(CheckProtocol Protocol, Destination Place, string? User, string? Database)
{
    private static readonly (string Scheme, CheckProtocol Protocol, ushort Port)[] Schemes =
    [
        ("postgres", CheckProtocol.Postgres, 5432), ("postgresql", CheckProtocol.Postgres, 5432), ("mysql", CheckProtocol.MySql, 3306),
        ("mariadb", CheckProtocol.MySql, 3306), ("redis", CheckProtocol.Redis, 6379), ("rediss", CheckProtocol.Rediss, 6380),
        ("http", CheckProtocol.Http, 80), ("https", CheckProtocol.Https, 443), ("tls", CheckProtocol.Tls, 0), ("tcp", CheckProtocol.Tcp, 0),
    ];

    /// <summary>The name or address, an IPv6 address without brackets.</summary>
    public string Host => Place.Name ?? Place.Address!.ToString();

    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(string text, out CheckTarget? target)
    {
        target = null;
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            if (TargetText.Parse(text, out var place) is { } fault) return fault;
            target = new CheckTarget(ByPort(place.Port), place, null, null);
            return null;
        }

        var known = Schemes.FirstOrDefault(entry => entry.Scheme.Equals(text[..scheme], StringComparison.OrdinalIgnoreCase));
        if (known.Scheme is null) return $"'{text[..scheme]}' is no scheme of a target; the schemes are {string.Join(", ", Schemes.Select(entry => entry.Scheme))}";
        return ParseRest(text[(scheme + 3)..], known.Protocol, known.Port, out target);
    }

    private static string? ParseRest(string text, CheckProtocol protocol, ushort fallbackPort, out CheckTarget? target)
    {
        target = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? text : text[..slash];
        var database = slash < 0 ? "" : text[(slash + 1)..];
        var at = authority.LastIndexOf('@');
        var user = at < 0 ? null : Uri.UnescapeDataString(authority[..at]);
        if (user is not null && authority[..at].Contains(':', StringComparison.Ordinal))
            return "a target has a password in it; leave it out, and set PGPASSWORD for PostgreSQL";
        var host = authority[(at + 1)..];
        if (fallbackPort != 0 && !HasPort(host)) host += $":{fallbackPort}";
        if (TargetText.Parse(host, out var place) is { } fault) return fault;
        target = new CheckTarget(protocol, place, user, database.Length == 0 ? null : Uri.UnescapeDataString(database));
        return null;
    }

    private static bool HasPort(string host) => host.LastIndexOf(':') > host.LastIndexOf(']');

    private static CheckProtocol ByPort(ushort port) => port switch
    {
        5432 or 5433 or 6432 => CheckProtocol.Postgres,
        3306 => CheckProtocol.MySql,
        6379 => CheckProtocol.Redis,
        6380 => CheckProtocol.Rediss,
        80 or 8080 => CheckProtocol.Http,
        443 or 8443 => CheckProtocol.Https,
        _ => CheckProtocol.Tcp,
    };
}
