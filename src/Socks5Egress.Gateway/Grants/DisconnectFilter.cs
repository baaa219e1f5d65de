using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Grants;

/// <summary>Which sessions somebody wants to end: all that is said must be so, and something has to be said.</summary>
/// <param name="User">The account's name; null: any.</param>
/// <param name="Target">TARGET[:PORTS], as the client asked for it or as it was dialed; null: any.</param>
/// <param name="Client">Where the client is; null: anywhere.</param>
internal sealed record DisconnectFilter(string? User, Rule? Target, Cidr? Client)
{
    /// <summary>Reads the texts of a command line or a request.</summary>
    /// <returns>Null, or what is wrong, with the name of it.</returns>
    public static string? TryParse(string? user, string? target, string? client, out DisconnectFilter filter)
    {
        Rule? rule = null;
        Cidr network = default;
        filter = new DisconnectFilter(user, null, null);
        if (user is null && target is null && client is null) return "name at least one of user, target and client";
        if (user?.Length == 0) return "user: it is empty";
        if (target is not null && !Rule.TryParse(target, out rule, out var error)) return $"target: {error}";
        if (client is not null && !Cidr.TryParse(client, out network, out error)) return $"client: {error ?? $"'{client}' is neither an address nor a CIDR"}";
        filter = new DisconnectFilter(user, rule, client is null ? null : network);
        return null;
    }

    /// <summary>Whether a grant is one of those.</summary>
    public bool Matches(Grant grant) => Matches(grant.Login?.User, grant.Target, grant.Address, grant.Client);

    /// <summary>Whether a session is one of those.</summary>
    /// <param name="user">The account; null for nobody.</param>
    /// <param name="target">What was asked for; null: nothing yet.</param>
    /// <param name="dialed">The address that it came to; null: none yet.</param>
    /// <param name="client">Where the client is; null: not known yet.</param>
    public bool Matches(string? user, Destination? target, IPAddress? dialed, IPAddress? client) =>
        (User is null || user == User)
        && (Client is not { } network || (client is not null && network.Contains(AddressBits.Of(AddressLiteral.Canonical(client)))))
        && (Target is null || (target is { } asked && IsTarget(Target, asked, dialed)));

    private static bool IsTarget(Rule rule, Destination target, IPAddress? dialed)
    {
        if (rule.Ports is { } ports && !ports.Contains(target.Port)) return false;
        var name = target.Name?.TrimEnd('.').ToLowerInvariant();
        return rule.Kind switch
        {
            RuleKind.Any => true,
            RuleKind.Host => name == rule.Name,
            RuleKind.Suffix => name?.EndsWith("." + rule.Name, StringComparison.Ordinal) == true,
            _ => (dialed ?? target.Address) is { } address && rule.Range.Contains(AddressBits.Of(AddressLiteral.Canonical(address))),
        };
    }
}
