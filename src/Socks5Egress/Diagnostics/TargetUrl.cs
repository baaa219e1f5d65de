using System.Globalization;
using Socks5Egress.Configuration;
using Socks5Egress.Protocol;

namespace Socks5Egress.Diagnostics;

/// <summary>
/// The URL of a server, as programs are configured with it: <c>[jdbc:]SCHEME[+DRIVER]://[USER[:PASSWORD]@]HOST[:PORT][,HOST…][/DATABASE][?…]</c>.
/// No sentence about it repeats what may be a password.
/// </summary>
internal static class TargetUrl
{
    /// <summary>What is said of a text of which no part may be repeated.</summary>
    public const string NoTarget = "a target with '@' in it is no URL of a server; write SCHEME://USER:PASSWORD@HOST:PORT/DATABASE, with a '/' or '@' in the password percent-encoded";

    private static readonly (string Scheme, CheckProtocol Protocol, ushort Port)[] Schemes =
    [
        ("postgres", CheckProtocol.Postgres, 5432), ("postgresql", CheckProtocol.Postgres, 5432), ("mysql", CheckProtocol.MySql, 3306),
        ("mysql2", CheckProtocol.MySql, 3306), ("mariadb", CheckProtocol.MySql, 3306), ("redis", CheckProtocol.Redis, 6379), ("rediss", CheckProtocol.Rediss, 6380),
        ("mongodb", CheckProtocol.MongoDb, 27017), ("sqlserver", CheckProtocol.SqlServer, 1433), ("mssql", CheckProtocol.SqlServer, 1433),
        ("http", CheckProtocol.Http, 80), ("https", CheckProtocol.Https, 443), ("tls", CheckProtocol.Tls, 0), ("tcp", CheckProtocol.Tcp, 0),
    ];

    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(string text, out IReadOnlyList<CheckTarget> targets)
    {
        targets = [];
        if (text.StartsWith("jdbc:", StringComparison.OrdinalIgnoreCase)) text = text["jdbc:".Length..];
        var end = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = text[..end];
        if (scheme.Equals("mongodb+srv", StringComparison.OrdinalIgnoreCase))
            return "mongodb+srv names no server but a list in DNS: check its servers, `dig +short SRV _mongodb._tcp.HOST` lists them, as mongodb://HOST:27017/?tls=true";
        var plus = scheme.IndexOf('+', StringComparison.Ordinal);
        if (plus > 0) scheme = scheme[..plus];
        var known = Schemes.FirstOrDefault(entry => entry.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase));
        if (known.Scheme is not null) return ParseRest(text[(end + 3)..], known.Protocol, known.Port, out targets);
        var shown = scheme.Contains('@', StringComparison.Ordinal) || scheme.Contains(':', StringComparison.Ordinal) ? "what stands in front of ://" : $"'{scheme}'";
        return $"{shown} is not a scheme of a target; the schemes are {string.Join(", ", Schemes.Select(entry => entry.Scheme))}";
    }

    private static string? ParseRest(string text, CheckProtocol protocol, ushort fallbackPort, out IReadOnlyList<CheckTarget> targets)
    {
        targets = [];
        // A password may hold what ends an authority elsewhere, and people do not encode it: the last '@' is the one behind it
        var at = text.LastIndexOf('@');
        var (user, password) = Credentials(at < 0 ? null : text[..at]);
        var rest = text[(at + 1)..];
        var query = rest.IndexOfAny(['?', ';']);
        var keys = query < 0 ? "" : rest[(query + 1)..];
        if (query >= 0) rest = rest[..query];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var database = slash < 0 ? "" : Uri.UnescapeDataString(rest[(slash + 1)..]);
        user ??= Value(keys, "user");
        password ??= Value(keys, "password");
        if (database.Length == 0) database = Value(keys, "databaseName") ?? Value(keys, "database") ?? "";

        var found = new List<CheckTarget>();
        foreach (var written in (slash < 0 ? rest : rest[..slash]).Split(','))
        {
            var host = fallbackPort != 0 && !HasPort(written) ? string.Create(CultureInfo.InvariantCulture, $"{written}:{fallbackPort}") : written;
            if (TargetParser.Parse(host, out var place) is { } fault) return at < 0 && password is null ? fault : NoTarget;
            found.Add(new CheckTarget(protocol, place, user, database.Length == 0 ? null : database)
            {
                Password = password is null ? null : new Secret(password),
                IsTls = Value(keys, "tls") == "true" || Value(keys, "ssl") == "true",
            });
        }

        targets = found;
        return null;
    }

    private static (string? User, string? Password) Credentials(string? text)
    {
        if (text is null) return (null, null);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var user = Uri.UnescapeDataString(colon < 0 ? text : text[..colon]);
        return (user.Length == 0 ? null : user, colon < 0 ? null : Uri.UnescapeDataString(text[(colon + 1)..]));
    }

    /// <summary>The value of a key behind the question mark, or of SQL Server's behind a semicolon.</summary>
    private static string? Value(string keys, string name) => keys.Split('&', ';').Select(pair => pair.Split('=', 2))
        .Where(pair => pair.Length == 2 && pair[0].Equals(name, StringComparison.OrdinalIgnoreCase)).Select(pair => Uri.UnescapeDataString(pair[1])).FirstOrDefault();

    private static bool HasPort(string host) => host.LastIndexOf(':') > host.LastIndexOf(']');
}
