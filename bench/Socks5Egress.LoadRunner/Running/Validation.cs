using NBomber.Contracts;

namespace NBomber.Running;

/// <summary>What NBomber refuses is refused here too, so that nothing fails there that was never seen to fail here.</summary>
internal static class Validation
{
    private static readonly TimeSpan ShortestSimulation = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestReporting = TimeSpan.FromSeconds(5);

    /// <exception cref="InvalidOperationException">It cannot be run; the message says why.</exception>
    public static void Check(NBomberContext context)
    {
        if (context.Scenarios.Count == 0) throw new InvalidOperationException("No scenario is registered");
        if (context.Scenarios.GroupBy(scenario => scenario.ScenarioName).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Scenario '{twice.Key}' is registered more than once");
        if (context.ReportingInterval < ShortestReporting)
            throw new InvalidOperationException($"The reporting interval is {context.ReportingInterval}, {ShortestReporting} at least");
        if (context.ReportFileName is { } name && (string.IsNullOrWhiteSpace(name) || name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0))
            throw new InvalidOperationException($"'{name}' cannot name a report");
        if (context.ReportFolder is { } folder && (string.IsNullOrWhiteSpace(folder) || folder.IndexOfAny(Path.GetInvalidPathChars()) >= 0))
            throw new InvalidOperationException($"'{folder}' cannot be the folder of a report");
        foreach (var scenario in context.Scenarios) Check(scenario);
    }

    private static void Check(ScenarioProps scenario)
    {
        if (string.IsNullOrWhiteSpace(scenario.ScenarioName)) throw new InvalidOperationException("A scenario has no name");
        var what = $"Scenario '{scenario.ScenarioName}'";
        if (scenario.Profile.Count == 0) throw new InvalidOperationException($"{what} has no load simulation");
        if (scenario.WarmUp > scenario.Planned)
            throw new InvalidOperationException($"{what} warms up for {scenario.WarmUp}, longer than its load of {scenario.Planned}");
        foreach (var piece in scenario.Profile)
        {
            if (piece.During < ShortestSimulation) throw new InvalidOperationException($"{what}: {piece} is shorter than {ShortestSimulation}");
            if (piece.Interval > piece.During) throw new InvalidOperationException($"{what}: the interval of {piece} is longer than the piece");
            if (piece.Copies < 0 || piece.Rate < 0) throw new InvalidOperationException($"{what}: {piece} has a negative number");
            if (piece.Rate > 0 && piece.Interval <= TimeSpan.Zero) throw new InvalidOperationException($"{what}: {piece} has no interval");
        }
    }
}
