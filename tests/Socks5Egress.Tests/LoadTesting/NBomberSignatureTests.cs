using NBomber.CSharp;
using Xunit;

namespace Socks5Egress.Tests.LoadTesting;

/// <summary>
/// The load scenarios compile against our small implementation of NBomber's vocabulary, or against the package. What ours has, the package has too, with
/// the same names, types and defaults: else the scenarios would compile against one of them only.
/// </summary>
public sealed class NBomberSignatureTests
{
    /// <summary>All of 4.1.2 in these namespaces, read from an assembly that was built from its public source.</summary>
    private static readonly string[] Package = ReadTable();

    private static readonly string[] Ours =
        [.. PublicSurface.Of(typeof(NBomberRunner).Assembly, "NBomber.Contracts", "NBomber.Contracts.Stats", "NBomber.CSharp")];

    [Fact]
    public void What_our_implementation_has_the_package_has_too() => Assert.Empty(Ours.Except(Package));

    [Theory]
    [InlineData("static Scenario.Create(string name, Func<IScenarioContext, Task<IResponse>> run) : ScenarioProps")]
    [InlineData("static Scenario.WithMaxFailCount(this ScenarioProps scenario, int maxFailCount) : ScenarioProps")]
    [InlineData("static Response.Ok(string statusCode = \"\", long sizeBytes = 0, string message = \"\", double latencyMs = 0) : Response<object>")]
    [InlineData("static Response.Fail(string statusCode = \"\", string message = \"\", long sizeBytes = 0, double latencyMs = 0) : Response<object>")]
    [InlineData("static Simulation.RampingInject(int rate, TimeSpan interval, TimeSpan during) : LoadSimulation")]
    [InlineData("static NBomberRunner.Run(this NBomberContext context, params string[] args) : NodeStats")]
    [InlineData("IScenarioContext.StopCurrentTest(string reason) : void")]
    [InlineData("NodeStats.GetScenarioStats(string scenarioName) : ScenarioStats")]
    [InlineData("StatusCodeStats.Count : int")]
    [InlineData("LatencyStats.Percent99 : double")]
    public void Both_have_what_the_scenarios_are_written_in(string member)
    {
        Assert.Contains(member, Ours);
        Assert.Contains(member, Package);
    }

    [Fact]
    public void What_was_once_taken_for_a_member_is_not_there() => Assert.DoesNotContain("RequestStats.Percent : double", Package);

    private static string[] ReadTable()
    {
        using var stream = typeof(NBomberSignatureTests).Assembly.GetManifestResourceStream("nbomber-4.1.2.txt")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#'))];
    }
}
