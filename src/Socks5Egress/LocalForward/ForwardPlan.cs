using System.Net;
using Socks5Egress.Client;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.LocalForward;

/// <summary>What one call of <c>forward</c> is to do.</summary>
internal sealed record ForwardPlan
{
    /// <summary>One or more.</summary>
    public required IReadOnlyList<ForwardSpec> Forwards { get; init; }

    /// <summary>One or more.</summary>
    public required IReadOnlyList<Socks5Proxy> Gateways { get; init; }

    /// <summary>How long the ways may take to work before anything else begins; null to begin at once.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>How long to try again for one waiting client.</summary>
    public required TimeSpan Retry { get; init; }

    /// <summary>How long open connections may go on after the end was asked for.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>The program to run with the forwards up, or null to stay until a signal.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Who may connect; empty: whoever can.</summary>
    public IReadOnlyList<Cidr> Clients { get; init; } = [];

    /// <summary>Where health, readiness and metrics are served; null: nowhere.</summary>
    public IPEndPoint? Health { get; init; }

    /// <summary>Report in JSON lines.</summary>
    public bool Json { get; init; }

    /// <summary>Do not announce what listens; report only what is wrong.</summary>
    public bool Quiet { get; init; }

    /// <summary>The gateway's password stays in the command's environment.</summary>
    public bool KeepPassword { get; init; }
}
