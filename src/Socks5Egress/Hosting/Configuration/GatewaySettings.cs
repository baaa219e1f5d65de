using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Negotiation.Users;
using Socks5Egress.Transport;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>Everything the gateway is told at start, checked and typed. Immutable: a reload makes a new one.</summary>
internal sealed record GatewaySettings
{
    /// <summary>At least one.</summary>
    public required ImmutableArray<ListenerSettings> Listeners { get; init; }

    /// <summary>Where health, metrics and sessions are served; null: nowhere.</summary>
    public required IPEndPoint? Admin { get; init; }

    /// <summary>Who may log in; empty: nobody has to.</summary>
    public required UserList Users { get; init; }

    /// <summary>The file that <see cref="Users"/> came from, or null.</summary>
    public required string? UsersFile { get; init; }

    public required PolicySettings Policy { get; init; }

    public required DialSettings Dial { get; init; }

    public required TimeoutSettings Timeouts { get; init; }

    /// <summary>Sessions in all; null: what the descriptor limit carries.</summary>
    public required int? MaxSessions { get; init; }

    public required TransportKind Transport { get; init; }

    public required LogSettings Log { get; init; }

    /// <summary>What to tell the operator once logging works, such as keys that nothing reads.</summary>
    public required ImmutableArray<string> Warnings { get; init; }
}
