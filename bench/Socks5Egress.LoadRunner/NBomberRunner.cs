using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.Running;

namespace NBomber.CSharp;

/// <summary>Runs scenarios: all that are registered together at the same time.</summary>
public static class NBomberRunner
{
    /// <summary>A test of these scenarios.</summary>
    public static NBomberContext RegisterScenarios(params ScenarioProps[] scenarios) => new() { Scenarios = scenarios };

    /// <summary>In reports.</summary>
    public static NBomberContext WithTestSuite(this NBomberContext context, string testSuite) => context with { TestSuite = testSuite };

    /// <summary>In reports.</summary>
    public static NBomberContext WithTestName(this NBomberContext context, string testName) => context with { TestName = testName };

    /// <summary>What reports are called. The built-in runner writes none.</summary>
    public static NBomberContext WithReportFileName(this NBomberContext context, string reportFileName) =>
        context with { ReportFileName = reportFileName };

    /// <summary>Where reports go. NBomber deletes everything that is there. The built-in runner writes none.</summary>
    public static NBomberContext WithReportFolder(this NBomberContext context, string reportFolderPath) =>
        context with { ReportFolder = reportFolderPath };

    /// <summary>Which reports there are.</summary>
    public static NBomberContext WithReportFormats(this NBomberContext context, params ReportFormat[] reportFormats) =>
        context with { ReportFormats = reportFormats };

    /// <summary>No reports.</summary>
    public static NBomberContext WithoutReports(this NBomberContext context) => context with { ReportFormats = [] };

    /// <summary>How often figures are taken; 5 s at least.</summary>
    public static NBomberContext WithReportingInterval(this NBomberContext context, TimeSpan interval) => context with { ReportingInterval = interval };

    /// <summary>Runs, and returns after everything is cleaned.</summary>
    /// <exception cref="InvalidOperationException">What is registered cannot be run, or an initialization failed; the message says why.</exception>
    public static NodeStats Run(this NBomberContext context) => new TestSession(context).RunAsync().GetAwaiter().GetResult();

    /// <summary>Runs, and returns after everything is cleaned.</summary>
    /// <param name="context">What to run.</param>
    /// <param name="args">Nothing that the built-in runner understands.</param>
    /// <exception cref="InvalidOperationException">What is registered cannot be run, or an initialization failed; the message says why.</exception>
    public static NodeStats Run(this NBomberContext context, params string[] args)
    {
        if (args.Length > 0) throw new InvalidOperationException($"The built-in runner has no argument '{args[0]}'");
        return context.Run();
    }
}
