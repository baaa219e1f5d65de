using NBomber.Contracts.Stats;
using Serilog;

namespace NBomber.Contracts;

/// <summary>What became of one iteration.</summary>
public interface IResponse
{
    /// <summary>How it ended, in a word.</summary>
    string StatusCode { get; }

    /// <summary>Whether it failed.</summary>
    bool IsError { get; }

    /// <summary>Payload.</summary>
    long SizeBytes { get; }

    /// <summary>How long it took, where the scenario measures that itself; 0: the runner does.</summary>
    double LatencyMs { get; }

    /// <summary>How it ended, in a sentence.</summary>
    string Message { get; }
}

/// <summary>What became of one iteration.</summary>
/// <typeparam name="T">Of a payload; the built-in runner has none.</typeparam>
public sealed class Response<T> : IResponse
{
    /// <inheritdoc/>
    public required string StatusCode { get; init; }

    /// <inheritdoc/>
    public required bool IsError { get; init; }

    /// <inheritdoc/>
    public required long SizeBytes { get; init; }

    /// <inheritdoc/>
    public required double LatencyMs { get; init; }

    /// <inheritdoc/>
    public required string Message { get; init; }
}

/// <summary>What a scenario is at.</summary>
public enum ScenarioOperation
{
    /// <summary>Before everything.</summary>
    Init = 0,

    /// <summary>After everything.</summary>
    Clean = 1,

    /// <summary>Before anything counts.</summary>
    WarmUp = 2,

    /// <summary>The load.</summary>
    Bombing = 3,
}

/// <summary>Which copy of which scenario.</summary>
public sealed class ScenarioInfo
{
    /// <summary>Name and number of the copy.</summary>
    public required string ThreadId { get; init; }

    /// <summary>The number of the copy, from 0.</summary>
    public required int ThreadNumber { get; init; }

    /// <summary>The scenario's name.</summary>
    public required string ScenarioName { get; init; }

    /// <summary>How long its profile goes on.</summary>
    public required TimeSpan ScenarioDuration { get; init; }

    /// <summary>What it is at.</summary>
    public required ScenarioOperation ScenarioOperation { get; init; }
}

/// <summary>What an iteration is given. There is no cancellation token: NBomber has none.</summary>
public interface IScenarioContext
{
    /// <summary>Which copy of which scenario.</summary>
    ScenarioInfo ScenarioInfo { get; }

    /// <summary>Where it runs.</summary>
    NodeInfo NodeInfo { get; }

    /// <summary>For what a scenario has to say.</summary>
    ILogger Logger { get; }

    /// <summary>From 1, counted by the copy.</summary>
    int InvocationNumber { get; }

    /// <summary>The iteration's own, empty at its beginning.</summary>
    Dictionary<string, object> Data { get; }

    /// <summary>Ends one scenario.</summary>
    void StopScenario(string scenarioName, string reason);

    /// <summary>Ends all of them.</summary>
    void StopCurrentTest(string reason);
}

/// <summary>What a scenario is given before its load and after it.</summary>
public interface IScenarioInitContext
{
    /// <summary>Which scenario.</summary>
    ScenarioInfo ScenarioInfo { get; }

    /// <summary>Where it runs.</summary>
    NodeInfo NodeInfo { get; }

    /// <summary>For what a scenario has to say.</summary>
    ILogger Logger { get; }
}
