namespace NBomber.Contracts.Stats;

/// <summary>The forms of NBomber's report. The built-in runner writes none of them: the load program has its own, for both.</summary>
public enum ReportFormat
{
    /// <summary>Plain text.</summary>
    Txt = 0,

    /// <summary>One page.</summary>
    Html = 1,

    /// <summary>A row a scenario.</summary>
    Csv = 2,

    /// <summary>Markdown.</summary>
    Md = 3,
}

/// <summary>Where a test runs.</summary>
public sealed class NodeInfo
{
    /// <summary>The machine's name.</summary>
    public required string MachineName { get; init; }

    /// <summary>Its operating system.</summary>
    public required string OS { get; init; }

    /// <summary>The runtime.</summary>
    public required string DotNetVersion { get; init; }

    /// <summary>How many cores it has.</summary>
    public required int CoresCount { get; init; }

    /// <summary>Of the package; <c>built-in</c> for this runner.</summary>
    public required string NBomberVersion { get; init; }
}

/// <summary>How often an iteration ended in one way.</summary>
public sealed class StatusCodeStats
{
    /// <summary>As the response said it.</summary>
    public required string StatusCode { get; init; }

    /// <summary>Whether the response was a failure.</summary>
    public required bool IsError { get; init; }

    /// <summary>The message of the first of them.</summary>
    public required string Message { get; init; }

    /// <summary>How many there were.</summary>
    public required int Count { get; init; }
}

/// <summary>How many iterations there were.</summary>
public sealed class RequestStats
{
    /// <summary>In all.</summary>
    public required int Count { get; init; }

    /// <summary>A second.</summary>
    public required double RPS { get; init; }
}

/// <summary>Milliseconds.</summary>
public sealed class LatencyStats
{
    /// <summary>The shortest.</summary>
    public required double MinMs { get; init; }

    /// <summary>The mean.</summary>
    public required double MeanMs { get; init; }

    /// <summary>The longest.</summary>
    public required double MaxMs { get; init; }

    /// <summary>The median.</summary>
    public required double Percent50 { get; init; }

    /// <summary>The 75th percentile.</summary>
    public required double Percent75 { get; init; }

    /// <summary>The 95th percentile.</summary>
    public required double Percent95 { get; init; }

    /// <summary>The 99th percentile.</summary>
    public required double Percent99 { get; init; }

    /// <summary>The standard deviation.</summary>
    public required double StdDev { get; init; }
}

/// <summary>Payload.</summary>
public sealed class DataTransferStats
{
    /// <summary>Bytes in all.</summary>
    public required long AllBytes { get; init; }
}

/// <summary>What is known of the iterations that succeeded, or of those that failed.</summary>
public sealed class MeasurementStats
{
    /// <summary>How many.</summary>
    public required RequestStats Request { get; init; }

    /// <summary>How long they took.</summary>
    public required LatencyStats Latency { get; init; }

    /// <summary>What they carried.</summary>
    public required DataTransferStats DataTransfer { get; init; }

    /// <summary>How they ended.</summary>
    public required StatusCodeStats[] StatusCodes { get; init; }
}

/// <summary>The figures of one step. The built-in runner has no steps.</summary>
public sealed class StepStats
{
    /// <summary>The step's name.</summary>
    public required string StepName { get; init; }

    /// <summary>Of those that succeeded.</summary>
    public required MeasurementStats Ok { get; init; }

    /// <summary>Of those that failed.</summary>
    public required MeasurementStats Fail { get; init; }
}

/// <summary>The figures of one scenario.</summary>
public sealed class ScenarioStats
{
    /// <summary>The scenario's name.</summary>
    public required string ScenarioName { get; init; }

    /// <summary>Of the iterations that succeeded.</summary>
    public required MeasurementStats Ok { get; init; }

    /// <summary>Of those that failed.</summary>
    public required MeasurementStats Fail { get; init; }

    /// <summary>By step.</summary>
    public required StepStats[] StepStats { get; init; }

    /// <summary>Iterations in all.</summary>
    public required int AllRequestCount { get; init; }

    /// <summary>Those that succeeded.</summary>
    public required int AllOkCount { get; init; }

    /// <summary>Those that failed.</summary>
    public required int AllFailCount { get; init; }

    /// <summary>Payload of all.</summary>
    public required long AllBytes { get; init; }

    /// <summary>How long the load went on, without the warm-up.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>The figures of one run.</summary>
public sealed class NodeStats
{
    /// <summary>One a scenario.</summary>
    public required ScenarioStats[] ScenarioStats { get; init; }

    /// <summary>Where it ran.</summary>
    public required NodeInfo NodeInfo { get; init; }

    /// <summary>Iterations in all.</summary>
    public required int AllRequestCount { get; init; }

    /// <summary>Those that succeeded.</summary>
    public required int AllOkCount { get; init; }

    /// <summary>Those that failed.</summary>
    public required int AllFailCount { get; init; }

    /// <summary>Payload of all.</summary>
    public required long AllBytes { get; init; }

    /// <summary>The longest of the scenarios.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The figures of one scenario.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public ScenarioStats GetScenarioStats(string scenarioName) =>
        Array.Find(ScenarioStats, stats => stats.ScenarioName == scenarioName) ?? throw new KeyNotFoundException(scenarioName);
}
