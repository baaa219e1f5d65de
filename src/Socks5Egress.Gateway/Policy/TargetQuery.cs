using System.Net;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// A destination that passed the first step: what to resolve, or the literal address, and the rules that its name
/// already met, so that the second step, once for each address, does not look them up again.
/// </summary>
internal readonly record struct TargetQuery
{
    /// <summary>The name to resolve, canonical; null when the client sent an address.</summary>
    public string? Host { get; init; }

    /// <summary>The canonical address that the client sent, as an address or as text; null when it is a name.</summary>
    public IPAddress? Literal { get; init; }

    /// <summary>The port, as the client sent it.</summary>
    public ushort Port { get; init; }

    /// <summary>The rule that refuses the name because of what it means everywhere, such as <c>special:localhost</c>; or null.</summary>
    public string? Special { get; init; }

    /// <summary>The deny rule that the name met, under a policy that does not enforce it; for an address, <c>*</c>.</summary>
    public IndexedRule? Deny { get; init; }

    /// <summary>The allow rule with exactly this host, or one that the configuration gave beside the policy.</summary>
    public IndexedRule? AllowHost { get; init; }

    /// <summary>The allow rule with a suffix of this host, or <c>*</c>.</summary>
    public IndexedRule? AllowWide { get; init; }
}
