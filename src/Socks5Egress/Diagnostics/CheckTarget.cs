using Socks5Egress.Configuration;
using Socks5Egress.Protocol;

namespace Socks5Egress.Diagnostics;

/// <summary>
/// What is to be checked: <c>HOST:PORT</c>, a URL, or <c>env:NAME</c> for the URL in a variable. Without a scheme the port tells what
/// is spoken. A password in it is used where this program can log in, and shown nowhere.
/// </summary>
/// <param name="Protocol">What to say to it.</param>
/// <param name="Place">Where it is.</param>
/// <param name="User">Who to be there, or null.</param>
/// <param name="Database">Which database, or null.</param>
internal sealed record CheckTarget(CheckProtocol Protocol, Destination Place, string? User, string? Database)
{
    private const string VariablePrefix = "env:";

    /// <summary>The user's, from the URL; null when there is none in it.</summary>
    public Secret? Password { get; init; }

    /// <summary>The server speaks TLS from the first byte, as the URL says.</summary>
    public bool IsTls { get; init; }

    /// <summary>The name or address, an IPv6 address without brackets.</summary>
    public string Host => Place.Name ?? Place.Address!.ToString();

    /// <summary>Reads what stands on the command line.</summary>
    /// <param name="text">One target; the servers of a replica set in one URL are several.</param>
    /// <param name="environment">Where <c>env:NAME</c> is found.</param>
    /// <param name="targets">One or more.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(string text, IReadOnlyDictionary<string, string> environment, out IReadOnlyList<CheckTarget> targets)
    {
        targets = [];
        if (!text.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase)) return Parse(text, out targets);
        var name = text[VariablePrefix.Length..];
        if (environment.GetValueOrDefault(name) is not { Length: > 0 } value) return $"{text}: the variable {name} is not set, or empty";
        // What a variable holds may be a secret as a whole: nothing of it is repeated
        return Parse(value, out targets) is null
            ? null
            : $"{text}: the variable {name} holds no URL of a target and no HOST:PORT; write for example postgres://USER:PASSWORD@HOST/DATABASE there";
    }

    /// <inheritdoc cref="Parse(string, IReadOnlyDictionary{string, string}, out IReadOnlyList{CheckTarget})"/>
    public static string? Parse(string text, out IReadOnlyList<CheckTarget> targets)
    {
        targets = [];
        if (text.Contains("://", StringComparison.Ordinal)) return TargetUrl.Parse(text, out targets);
        if (TargetParser.Parse(text, out var place) is { } fault) return text.Contains('@', StringComparison.Ordinal) ? TargetUrl.NoTarget : fault;
        targets = [new CheckTarget(ByPort(place.Port), place, null, null)];
        return null;
    }

    private static CheckProtocol ByPort(ushort port) => port switch
    {
        5432 or 5433 or 6432 => CheckProtocol.Postgres,
        3306 => CheckProtocol.MySql,
        6379 => CheckProtocol.Redis,
        6380 => CheckProtocol.Rediss,
        27017 => CheckProtocol.MongoDb,
        1433 => CheckProtocol.SqlServer,
        80 or 8080 => CheckProtocol.Http,
        443 or 8443 => CheckProtocol.Https,
        _ => CheckProtocol.Tcp,
    };
}
