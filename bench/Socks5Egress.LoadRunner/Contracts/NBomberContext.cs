using NBomber.Contracts.Stats;

namespace NBomber.Contracts;

/// <summary>A test as it is registered. Made by <see cref="CSharp.NBomberRunner"/>.</summary>
public sealed record NBomberContext
{
    /// <summary>In reports.</summary>
    public string TestSuite { get; init; } = "nbomber_default_test_suite_name";

    /// <summary>In reports.</summary>
    public string TestName { get; init; } = "nbomber_default_test_name";

    internal IReadOnlyList<ScenarioProps> Scenarios { get; init; } = [];

    internal string? ReportFolder { get; init; }

    internal string? ReportFileName { get; init; }

    internal IReadOnlyList<ReportFormat> ReportFormats { get; init; } = [];

    internal TimeSpan ReportingInterval { get; init; } = TimeSpan.FromSeconds(5);
}
