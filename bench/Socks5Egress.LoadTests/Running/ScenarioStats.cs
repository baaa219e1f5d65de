namespace Socks5Egress.LoadTests.Running;

/// <summary>The figures of one scenario. Latencies in milliseconds, from the moment at which an iteration was due.</summary>
internal sealed record ScenarioStats
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
    public required IReadOnlyList<WindowStats> Windows { get; init; }

    public required Cost Cost { get; init; }

    /// <summary>The gateway's own word on the sessions that ended meanwhile: <c>session.end</c> by its <c>end</c>.</summary>
    public SortedDictionary<string, long> Ends { get; init; } = [];

    /// <summary>What the scenario measured beside the latencies, by name.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();

    public double FailPercent => OkCount + FailCount == 0 ? 100 : 100.0 * FailCount / (OkCount + FailCount);
}

/// <summary>One second of a scenario.</summary>
internal sealed record WindowStats(long Count, double Percent50, double Percent99);

/// <summary>Who used the processor while a scenario ran; shares of one core.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Generator">The load generator with its drivers.</param>
/// <param name="Machine">The whole machine.</param>
/// <param name="Cores">How many cores the machine has.</param>
/// <param name="GatewayMiB">The gateway's resident memory at the end.</param>
internal sealed record Cost(double Gateway, double Generator, double Machine, int Cores, double GatewayMiB)
{
    private const double Full = 0.9;

    /// <summary>What kept the figures from being better, in words.</summary>
    public string Limit(bool openModel) => (Machine >= Full * Cores, openModel) switch
    {
        (true, _) when Gateway >= Generator => "the machine's cores, most of them in the gateway",
        (true, _) => "the machine's cores, most of them in the generator and the targets",
        (false, true) => "the rate that was asked for",
        _ => "the round trips of the copies",
    };
}
