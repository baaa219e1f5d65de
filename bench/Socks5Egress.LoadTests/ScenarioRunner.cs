using NBomber.Contracts.Stats;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Scenarios;

namespace Socks5Egress.LoadTests;

/// <summary>Hands one scenario to the runner. Those that are registered together run at the same time, so each is a test of its own.</summary>
internal static class ScenarioRunner
{
    private static readonly TimeSpan ReportingInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs it, and cleans it where the runner did not come so far.</summary>
    /// <param name="scenario">What to run.</param>
    /// <param name="output">The run's folder; reports of the runner's own go below it.</param>
    /// <param name="stop">The run is interrupted: nothing of it is left.</param>
    /// <returns>The figures, or the sentence that says why there are none.</returns>
    public static async Task<(NodeStats? Stats, IReadOnlyList<string> Failure)> RunAsync(LoadScenario scenario, string output, CancellationToken stop)
    {
        var folder = Fresh(Path.Combine(output, "nbomber"), scenario.Name);
        var context = NBomberRunner.RegisterScenarios(scenario.Props)
            .WithTestSuite("socks5egress")
            .WithTestName(scenario.Name)
            .WithReportFolder(folder)
            .WithReportFileName(scenario.Name)
            .WithReportFormats(ReportFormat.Html, ReportFormat.Md, ReportFormat.Csv)
            .WithReportingInterval(ReportingInterval);
        try
        {
            return (await Task.Run(() => context.Run()), []);
        }
        catch (Exception exception)
        {
            return (null, [exception.Message]);
        }
        finally
        {
            await scenario.Watch.FinishAsync();
            if (stop.IsCancellationRequested && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>A folder that is not there yet: NBomber deletes everything in the one that it is given.</returns>
    internal static string Fresh(string parent, string name)
    {
        var stamp = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        var folder = Path.Combine(parent, $"{stamp}-{name}");
        for (var number = 2; Path.Exists(folder); number++) folder = Path.Combine(parent, $"{stamp}-{name}-{number}");
        return folder;
    }
}
