using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Routing;

/// <summary>By which families and from which addresses a target is dialled.</summary>
internal readonly record struct EgressRoute(AddressFamilyPreference Family, EgressAddresses Sources)
{
    /// <summary>Whether a target's family is dialed at all.</summary>
    public bool AdmitsFamily(IPAddress target) => (Family, target.AddressFamily) switch
    {
        (AddressFamilyPreference.IPv4, not AddressFamily.InterNetwork) => false,
        (AddressFamilyPreference.IPv6, not AddressFamily.InterNetworkV6) => false,
        _ => true,
    };

    /// <summary>Whether targets of this family are dialed at all, from where they should be.</summary>
    public bool Uses(AddressFamily family) =>
        Sources.Uses(family) && AdmitsFamily(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any);

    /// <summary>Whether a connection to <paramref name="target"/> may be one that leaves from <paramref name="source"/>.</summary>
    public bool Admits(IPAddress target, IPAddress source) =>
        AdmitsFamily(target) && (Sources.Any || (Sources.For(target) is { } own && own.Equals(source)));
}

/// <summary>What a route says beside its target. What it leaves out is as it is without the route.</summary>
/// <param name="Family">Families and their order; null: as without the route.</param>
/// <param name="Sources">Where to leave from; null: as without the route.</param>
internal sealed record Route(AddressFamilyPreference? Family, EgressAddresses? Sources)
{
    /// <summary>How long its sessions may go on and how fast.</summary>
    public SessionTerms Terms { get; init; } = SessionTerms.None;
}

/// <summary>A judged address that may be dialled, and its way.</summary>
/// <param name="Address">Scope dropped, mapped form unwrapped.</param>
/// <param name="Way">Families and source addresses.</param>
/// <param name="Route">The name of the route that decided on it, or null.</param>
internal readonly record struct Candidate(IPAddress Address, EgressRoute Way, string? Route);

/// <summary>One address to dial, and where the connection comes from.</summary>
/// <param name="Address">A judged address.</param>
/// <param name="Source">The egress address; null for the system's choice.</param>
/// <param name="Route">The name of the route that said so, or null.</param>
internal readonly record struct ConnectAttempt(IPAddress Address, IPAddress? Source, string? Route = null);
