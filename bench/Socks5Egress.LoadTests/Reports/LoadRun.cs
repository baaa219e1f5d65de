using Socks5Egress.LoadTests.Scenarios;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>One run, with everything that its reports say.</summary>
internal sealed record LoadRun
{
    /// <summary>How much worse than alone the active sessions may be among thousands of idle ones.</summary>
    private const double MostAmongIdle = 1.5;

    /// <summary>The runner that is there without the package.</summary>
    public const string BuiltIn = "built-in";

    public required DateTimeOffset Date { get; init; }

    public required string Machine { get; init; }

    public required string Version { get; init; }

    public required string Commit { get; init; }

    /// <summary>What carried the scenarios out.</summary>
    public string Runner { get; init; } = BuiltIn;

    public required IReadOnlyList<ScenarioFigures> Scenarios { get; init; }

    /// <summary>The names of the scenarios of the open model.</summary>
    public required IReadOnlySet<string> Open { get; init; }

    /// <summary>Limits that were crossed, in sentences.</summary>
    public IReadOnlyList<string> Trouble { get; init; } = [];

    public string LimitOf(ScenarioFigures stats) => stats.Cost?.Limit(Open.Contains(stats.Name)) ?? "the load never began";

    /// <summary>What a scenario's figures crossed.</summary>
    public static IEnumerable<string> Judge(LoadScenario scenario, ScenarioFigures stats)
    {
        if (stats.OkCount == 0) yield return $"{stats.Name}: nothing succeeded";
        if (stats.FailPercent > scenario.Limits.FailPercent)
            yield return $"{stats.Name}: {stats.FailCount} of {stats.OkCount + stats.FailCount} failed, {scenario.Limits.FailPercent:0.##} % may";
        if (stats.Percent99 > scenario.Limits.Percent99.TotalMilliseconds)
            yield return $"{stats.Name}: the 99th percentile is {stats.Percent99:0.0} ms, {scenario.Limits.Percent99.TotalMilliseconds:0} ms at most";
    }

    /// <summary>What <c>mixed</c> crossed beside <c>mixed-few</c> of the same run.</summary>
    public static IEnumerable<string> Compare(IReadOnlyList<ScenarioFigures> all)
    {
        if (all.FirstOrDefault(stats => stats.Name == "mixed-few") is not { Percent99: > 0 } few) yield break;
        if (all.FirstOrDefault(stats => stats.Name == "mixed") is not { } many) yield break;
        var ratio = many.Percent99 / few.Percent99;
        if (ratio > MostAmongIdle) yield return $"mixed: the 99th percentile is {ratio:0.00} times that of mixed-few, {MostAmongIdle} at most";
    }
}
