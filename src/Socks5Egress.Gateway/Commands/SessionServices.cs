using Microsoft.Extensions.Logging;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Commands;

/// <summary>Services shared by all sessions and commands. Immutable. What one command alone needs, that command has.</summary>
internal sealed record SessionServices
{
    /// <summary>What a reload swaps.</summary>
    public required CurrentSnapshot Rules { get; init; }

    /// <summary>Whether a connection that leaves comes in here again.</summary>
    public required Hairpins Hairpins { get; init; }

    /// <summary>From a wish to a connected target.</summary>
    public required TargetConnector Connector { get; init; }

    public required IdleTimeouts RelayClock { get; init; }

    /// <summary>From accept to a whole request.</summary>
    public required TimeSpan HandshakeTimeout { get; init; }

    /// <summary>The limit of the wait of a logged-in connection for its request; 0: as long as <see cref="HandshakeTimeout"/>.</summary>
    public TimeSpan WarmTimeout { get; init; }

    /// <summary>Lookup and every address together.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>Lets sessions that are due end at a quiet moment; null: none is ever due.</summary>
    public RetiringSessions? Retiring { get; init; }

    public required Meters Meters { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Runs what nobody awaits.</summary>
    public Supervisor Supervisor { get; init; } = Supervisor.OfProcess;
}
