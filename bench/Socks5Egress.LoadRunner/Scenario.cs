using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>What a scenario is.</summary>
public static class Scenario
{
    /// <summary>One of that name; an exception of an iteration is a failure with the status <c>-101</c>.</summary>
    public static ScenarioProps Create(string name, Func<IScenarioContext, Task<IResponse>> run) => new() { ScenarioName = name, Iteration = run };

    /// <summary>Done once, before the warm-up.</summary>
    public static ScenarioProps WithInit(this ScenarioProps scenario, Func<IScenarioInitContext, Task> initFunc) => scenario with { Before = initFunc };

    /// <summary>Done once, after the last iteration.</summary>
    public static ScenarioProps WithClean(this ScenarioProps scenario, Func<IScenarioInitContext, Task> cleanFunc) => scenario with { After = cleanFunc };

    /// <summary>Runs that long before anything counts; 30 s without a word.</summary>
    public static ScenarioProps WithWarmUpDuration(this ScenarioProps scenario, TimeSpan duration) => scenario with { WarmUp = duration };

    /// <summary>Everything counts.</summary>
    public static ScenarioProps WithoutWarmUp(this ScenarioProps scenario) => scenario with { WarmUp = null };

    /// <summary>The profile, piece after piece.</summary>
    public static ScenarioProps WithLoadSimulations(this ScenarioProps scenario, params LoadSimulation[] loadSimulations) =>
        scenario with { Profile = loadSimulations };

    /// <summary>Whether a step that failed ends its iteration; the built-in runner has no steps.</summary>
    public static ScenarioProps WithRestartIterationOnFail(this ScenarioProps scenario, bool shouldRestart) =>
        scenario with { RestartIterationOnFail = shouldRestart };

    /// <summary>With so many failures the whole test ends; 5,000 without a word.</summary>
    public static ScenarioProps WithMaxFailCount(this ScenarioProps scenario, int maxFailCount) => scenario with { MaxFailCount = maxFailCount };
}
