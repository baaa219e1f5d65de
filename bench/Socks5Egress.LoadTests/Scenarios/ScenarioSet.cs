using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Every scenario, in the order in which they run.</summary>
internal static class ScenarioSet
{
    public static readonly string[] Names = ["connect", "pingpong", "bulk", "postgres", "mixed-few", "mixed"];

    /// <summary>Those of them that have PostgreSQL in them.</summary>
    public static readonly string[] WithPostgres = ["postgres", "mixed-few", "mixed"];

    /// <summary>Those that were asked for and can run here.</summary>
    public static IReadOnlyList<LoadScenario> Of(Surroundings around, IReadOnlyCollection<string> names)
    {
        List<LoadScenario> all = [Connect.Of(around), PingPong.Of(around), Bulk.Of(around)];
        if (around.Postgres is { } server) all.Add(Postgres.Of(around, server));
        all.Add(Mixed.Of("mixed-few", around, PingPong.Copies));
        all.Add(Mixed.Of("mixed", around, around.Sessions));
        return [.. all.Where(scenario => names.Contains(scenario.Name))];
    }
}
