using Socks5Egress.Client;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>What the scenarios go through and to.</summary>
internal sealed record Surroundings
{
    public required Socks5Client Client { get; init; }

    /// <summary>Where the gateway finds what the load goes to.</summary>
    public required string TargetHost { get; init; }

    public required int EchoPort { get; init; }

    public required int BulkPort { get; init; }

    /// <summary>Null where this machine has none: the scenarios that need it are left out, by name.</summary>
    public PostgresUnderLoad? Postgres { get; init; }

    /// <summary>The program, for its <c>forward</c>; null where only the URL of a gateway is known.</summary>
    public string? Program { get; init; }

    /// <summary>The gateway's process; null where the run has not started it.</summary>
    public int? GatewayPid { get; init; }

    /// <summary>Sessions that <c>mixed</c> has open in all.</summary>
    public required int Sessions { get; init; }

    /// <summary>How long each simulation goes on.</summary>
    public required TimeSpan During { get; init; }

    /// <summary>What runs before anything counts: no longer than the load itself, which no runner takes.</summary>
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Min(2, During.TotalSeconds));

    /// <summary>Ends the run.</summary>
    public required CancellationToken Stop { get; init; }
}
