using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Negotiation;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>One listening socket and what holds for the clients that come in through it.</summary>
internal sealed record ListenerSettings
{
    /// <summary>Where to listen. Port 0 picks one; <c>[::]</c> is dual-stack.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The protocols it answers; never SOCKS4 where <see cref="RequiresLogin"/>, as it has no password.</summary>
    public required ServedProtocols Protocols { get; init; }

    /// <summary>Every connection begins with a PROXY protocol header, which names the real client.</summary>
    public required bool RequiresProxyHeader { get; init; }

    /// <summary>Who may connect; empty: everybody.</summary>
    public required ImmutableArray<IPNetwork> Clients { get; init; }

    /// <summary>A user and a password are asked for: there are users, and this listener does not exempt its clients.</summary>
    public required bool RequiresLogin { get; init; }
}
