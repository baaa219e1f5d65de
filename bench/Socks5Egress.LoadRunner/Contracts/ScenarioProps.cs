namespace NBomber.Contracts;

/// <summary>A scenario as it is registered. Made by <see cref="CSharp.Scenario"/>.</summary>
public sealed record ScenarioProps
{
    /// <summary>NBomber's own: with so many failures the whole test ends.</summary>
    internal const int DefaultMaxFailCount = 5000;

    /// <summary>NBomber's own.</summary>
    internal static readonly TimeSpan DefaultWarmUp = TimeSpan.FromSeconds(30);

    /// <summary>Distinct among those that are registered.</summary>
    public required string ScenarioName { get; init; }

    /// <summary>With so many failures the whole test ends.</summary>
    public int MaxFailCount { get; init; } = DefaultMaxFailCount;

    /// <summary>Whether a step that failed ends its iteration. The built-in runner has no steps.</summary>
    public bool RestartIterationOnFail { get; init; } = true;

    internal Func<IScenarioContext, Task<IResponse>> Iteration { get; init; } = static _ => Task.FromResult<IResponse>(CSharp.Response.Ok());

    internal Func<IScenarioInitContext, Task> Before { get; init; } = static _ => Task.CompletedTask;

    internal Func<IScenarioInitContext, Task> After { get; init; } = static _ => Task.CompletedTask;

    internal TimeSpan? WarmUp { get; init; } = DefaultWarmUp;

    internal IReadOnlyList<LoadSimulation> Profile { get; init; } = [CSharp.Simulation.KeepConstant(1, TimeSpan.FromMinutes(1))];

    internal TimeSpan Planned => Profile.Aggregate(TimeSpan.Zero, static (sum, piece) => sum + piece.During);
}
