using NBomber.Contracts.Stats;
using Socks5Egress.LoadTests.Scenarios;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>From a runner's statistics and what was watched beside them to the figures of the report.</summary>
internal static class FiguresOf
{
    public static ScenarioFigures Scenario(LoadScenario scenario, NodeStats node)
    {
        var stats = node.GetScenarioStats(scenario.Name);
        var seconds = Math.Max(stats.Duration.TotalSeconds, 1);
        var statuses = stats.Ok.StatusCodes.Concat(stats.Fail.StatusCodes).GroupBy(status => status.StatusCode)
            .ToDictionary(group => group.Key, group => group.Sum(status => (long)status.Count));
        return new ScenarioFigures
        {
            Name = scenario.Name,
            Summary = scenario.Summary,
            Profile = scenario.Profile,
            Seconds = stats.Duration.TotalSeconds,
            OkCount = stats.Ok.Request.Count,
            FailCount = stats.Fail.Request.Count,
            PerSecond = stats.Ok.Request.Count / seconds,
            MiBPerSecond = stats.AllBytes / seconds / (1 << 20),
            Percent50 = stats.Ok.Latency.Percent50,
            Percent75 = stats.Ok.Latency.Percent75,
            Percent95 = stats.Ok.Latency.Percent95,
            Percent99 = stats.Ok.Latency.Percent99,
            Worst = stats.Ok.Latency.MaxMs,
            Statuses = new SortedDictionary<string, long>(statuses, StringComparer.Ordinal),
            Windows = scenario.Watch.Windows.Figures(stats.Duration),
            Cost = scenario.Watch.Cost,
            Notes = scenario.Watch.Notes,
        };
    }
}
