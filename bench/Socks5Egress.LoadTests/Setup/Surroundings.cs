using Socks5Egress.Client;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>What the scenarios go through and to.</summary>
internal sealed record Surroundings
{
    public required Socks5Client Client { get; init; }

    /// <summary>The gateways, as <c>--via</c> names them.</summary>
    public required string Via { get; init; }

    public required string TargetHost { get; init; }

    public required int EchoPort { get; init; }

    public required int BulkPort { get; init; }

    /// <summary>Null where this machine has none: the scenarios that need it are left out, by name.</summary>
    public PostgresUnderLoad? Postgres { get; init; }

    /// <summary>The program, for its <c>forward</c>.</summary>
    public required string Program { get; init; }

    /// <summary>The gateway's process, on this machine.</summary>
    public required int GatewayPid { get; init; }

    /// <summary>Sessions that <c>mixed</c> has open in all.</summary>
    public required int Sessions { get; init; }

    /// <summary>How long each simulation goes on.</summary>
    public required TimeSpan During { get; init; }
}
