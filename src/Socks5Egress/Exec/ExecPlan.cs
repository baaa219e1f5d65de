using Socks5Egress.Client;
using Socks5Egress.Exec.Capture;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Exec;

/// <summary>What one call of <c>exec</c> is to do.</summary>
internal sealed record ExecPlan
{
    /// <summary>One or more.</summary>
    public required IReadOnlyList<Socks5Proxy> Gateways { get; init; }

    /// <summary>The program and its arguments, for sentences; the helper has them byte by byte.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What goes past the gateway.</summary>
    public IReadOnlyList<DirectRule> Direct { get; init; } = [];

    /// <summary>Ports of the host that lead to the command's.</summary>
    public IReadOnlyList<PublishedPort> Published { get; init; } = [];

    /// <summary>Who may connect to published ports; empty: whoever can.</summary>
    public IReadOnlyList<Cidr> Clients { get; init; } = [];

    /// <summary>How long a gateway may take to let us in before the command begins; null to begin at once.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>Says on standard error which guarantees hold.</summary>
    public bool IsVerbose { get; init; }

    /// <summary>The gateway's password stays in the command's environment.</summary>
    public bool KeepPassword { get; init; }

    /// <summary>SOCKS5EGRESS_VIA holds a password, and must not stay either.</summary>
    public bool ViaHoldsPassword { get; init; }
}
