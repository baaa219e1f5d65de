using Socks5Egress.LoadTests.Running;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>The figures of one scenario. Latencies in milliseconds, of those that succeeded.</summary>
internal sealed record ScenarioFigures
{
    public required string Name { get; init; }

    public required string Summary { get; init; }

    public required string Profile { get; init; }

    public required double Seconds { get; init; }

    public required long OkCount { get; init; }

    public required long FailCount { get; init; }

    public required double PerSecond { get; init; }

    public required double MiBPerSecond { get; init; }

    public required double Percent50 { get; init; }

    public required double Percent75 { get; init; }

    public required double Percent95 { get; init; }

    public required double Percent99 { get; init; }

    public required double Worst { get; init; }

    /// <summary>How many iterations ended in which way.</summary>
    public required SortedDictionary<string, long> Statuses { get; init; }

    /// <summary>One a second.</summary>
    public required IReadOnlyList<WindowFigures> Windows { get; init; }

    /// <summary>Null where the load never began.</summary>
    public Cost? Cost { get; init; }

    /// <summary>The gateway's own word on the sessions that ended meanwhile: <c>session.end</c> by its <c>end</c>.</summary>
    public SortedDictionary<string, long> Ends { get; init; } = [];

    /// <summary>What the scenario measured beside the latencies, by name.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();

    public double FailPercent => OkCount + FailCount == 0 ? 100 : 100.0 * FailCount / (OkCount + FailCount);
}
