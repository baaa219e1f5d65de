using System.Collections.Immutable;

namespace Socks5Egress.LoadTests.Vocabulary;

/// <summary>One scenario, for whichever runner carries it out.</summary>
/// <param name="Name">In reports and behind <c>--scenario</c>.</param>
/// <param name="Summary">One sentence.</param>
internal sealed record LoadScenario(string Name, string Summary)
{
    /// <summary>One iteration. Failures are values; an exception is counted as one, by its type.</summary>
    public required Func<CancellationToken, Task<LoadResponse>> Run { get; init; }

    /// <summary>Done once before the warm-up.</summary>
    public Func<CancellationToken, Task> Init { get; init; } = static _ => Task.CompletedTask;

    /// <summary>Done once behind the last iteration.</summary>
    public Func<CancellationToken, Task> Clean { get; init; } = static _ => Task.CompletedTask;

    /// <summary>What runs before anything counts, by the first simulation's means; zero: none.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>One behind the other.</summary>
    public required ImmutableArray<LoadSimulation> Simulations { get; init; }

    /// <summary>What it has measured beside the latencies; asked behind <see cref="Clean"/>.</summary>
    public Func<IReadOnlyDictionary<string, string>> Notes { get; init; } = static () => new Dictionary<string, string>();

    /// <summary>What its figures are held to.</summary>
    public required LoadLimits Limits { get; init; }
}

/// <summary>Bounds on the figures of a scenario. Crossing one makes the run fail (exit code 1).</summary>
/// <param name="FailPercent">The most that may fail, of all iterations.</param>
/// <param name="Percent99">The most that the 99th percentile may be.</param>
internal sealed record LoadLimits(double FailPercent, TimeSpan Percent99);
