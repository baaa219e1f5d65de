using System.Collections.Immutable;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>Which of several targets a new connection goes to.</summary>
internal enum TargetOrder : byte
{
    /// <summary>The one with the fewest connections of this forward.</summary>
    Least,

    /// <summary>The first in the order of writing that is up.</summary>
    Ordered,
}

/// <summary>How a target is asked whether it serves.</summary>
internal enum TargetCheckKind : byte
{
    /// <summary>Not at all: it always counts as up.</summary>
    Off,

    /// <summary>It takes a TCP connection.</summary>
    Tcp,

    /// <summary>It answers an <c>SSLRequest</c>, as every PostgreSQL and PgBouncer does without a login.</summary>
    Postgres,
}

/// <summary>Which PROXY protocol header a target gets in front of every connection.</summary>
internal enum SentHeader : byte
{
    Off,
    Version1,
    Version2,
}

/// <summary>How one forward serves. Immutable.</summary>
internal sealed record ForwardOptions
{
    /// <summary>What every connection of the gateway has.</summary>
    public static readonly TimeSpan DefaultKeepAlive = TimeSpan.FromSeconds(60);

    /// <summary>One to 64, in the order of writing.</summary>
    public required ImmutableArray<Destination> Targets { get; init; }

    /// <summary>The target is found by the name in a ClientHello, and <see cref="Targets"/> are patterns; null: it is one of them.</summary>
    public SniNames? Names { get; init; }

    public TargetOrder Order { get; init; }

    public TargetCheckKind Check { get; init; }

    /// <summary>From the end of one check to the beginning of the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What one check may take: as long as the pause to the next, but not less than 1 s.</summary>
    public TimeSpan CheckTimeout => Interval < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : Interval;

    /// <summary>Checks in a row that a target which is down must pass.</summary>
    public int Rise { get; init; } = 2;

    /// <summary>Checks, or connects for clients, in a row that a target which is up must fail.</summary>
    public int Fall { get; init; } = 3;

    public SentHeader SendProxy { get; init; }

    /// <summary>Silence after which TCP asks whether either side is still there.</summary>
    public TimeSpan KeepAlive { get; init; } = DefaultKeepAlive;
}
