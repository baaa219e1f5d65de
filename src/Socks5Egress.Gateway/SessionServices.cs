using Microsoft.Extensions.Logging;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands.UdpAssociate;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway;

/// <summary>What every session is served by. Immutable.</summary>
internal sealed record SessionServices
{
    /// <summary>What a reload swaps.</summary>
    public required CurrentSnapshot Rules { get; init; }

    /// <summary>Whether a connection that leaves comes in here again.</summary>
    public Hairpins Hairpins { get; init; } = new();

    public required Resolver Resolver { get; init; }

    public required Dialer Dialer { get; init; }

    /// <summary>How many sessions an address may have.</summary>
    public DestinationLimiter Ceiling { get; init; } = new(0, static (_, _) => { });

    /// <summary>How many UDP associations a client address may have.</summary>
    public AssociationPlaces Associations { get; init; } = new(UdpAssociation.MostOfOneSource);

    public required IdleTimeouts RelayClock { get; init; }

    /// <summary>From accept to a whole request.</summary>
    public required TimeSpan HandshakeTimeout { get; init; }

    /// <summary>Look-up and every address together.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>The connections that ask by HTTP in absolute-form.</summary>
    public Socks5Egress.Gateway.Commands.HttpProxy.HttpProxyConnections Http { get; init; } = new();

    public required SessionTable Sessions { get; init; }

    public required Meters Meters { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Runs what nobody awaits.</summary>
    public Supervisor Supervisor { get; init; } = Supervisor.OfProcess;
}
