using NBomber.CSharp;
using NBomber.Contracts;
using NBomber.Running;
using Xunit;

namespace Socks5Egress.Tests.LoadTesting;

/// <summary>What the built-in runner refuses, as NBomber does, and what it counts.</summary>
public sealed class LoadRunnerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<string, LoadSimulation[], TimeSpan?> Refused => new()
    {
        { "longer than its load", [Simulation.KeepConstant(1, Second)], 2 * Second },
        { "shorter than", [Simulation.KeepConstant(1, Second / 2)], null },
        { "interval", [Simulation.Inject(1, 2 * Second, Second)], null },
        { "negative", [Simulation.RampingConstant(-1, Second)], null },
        { "no load simulation", [], null },
    };

    [Theory, MemberData(nameof(Refused))]
    public void What_NBomber_refuses_is_refused(string word, LoadSimulation[] simulations, TimeSpan? warmUp)
    {
        var scenario = Of("one").WithLoadSimulations(simulations);
        scenario = warmUp is { } duration ? scenario.WithWarmUpDuration(duration) : scenario.WithoutWarmUp();
        var refusal = Assert.Throws<InvalidOperationException>(() => NBomberRunner.RegisterScenarios(scenario).Run());
        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_without_scenarios_or_with_a_name_twice_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => NBomberRunner.RegisterScenarios().Run());
        Assert.Throws<InvalidOperationException>(() => NBomberRunner.RegisterScenarios(Of("one"), Of("one")).Run());
        Assert.Throws<InvalidOperationException>(() => NBomberRunner.RegisterScenarios(Of("one")).WithReportingInterval(Second).Run());
        Assert.Throws<InvalidOperationException>(() => NBomberRunner.RegisterScenarios(Of("one")).WithReportFolder(" ").Run());
    }

    [Fact]
    public void An_initialization_that_fails_is_the_message()
    {
        var scenario = Of("one").WithInit(_ => throw new IOException("no room")).WithoutWarmUp();
        Assert.Contains("no room", Assert.Throws<InvalidOperationException>(() => NBomberRunner.RegisterScenarios(scenario).Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Iterations_are_counted_by_their_status_with_bytes_beyond_an_int()
    {
        var recorder = new Recorder();
        recorder.Record(TimeSpan.FromMilliseconds(10), Response.Ok(statusCode: "ok", sizeBytes: 3L << 30));
        recorder.Record(TimeSpan.FromMilliseconds(30), Response.Ok(statusCode: "ok", sizeBytes: 1));
        recorder.Record(TimeSpan.FromMilliseconds(5), Response.Fail(statusCode: "eof", message: "gone"));

        var stats = recorder.Stats("one", 2 * Second);
        Assert.Equal((2, 1, (3L << 30) + 1), (stats.AllOkCount, stats.AllFailCount, stats.AllBytes));
        Assert.Equal(1, stats.Ok.Request.RPS);
        Assert.InRange(stats.Ok.Latency.MaxMs, 29.9, 30.1);
        Assert.Equal(("eof", true, "gone", 1), stats.Fail.StatusCodes.Select(one => (one.StatusCode, one.IsError, one.Message, one.Count)).Single());
    }

    [Fact]
    public void A_latency_that_the_scenario_measured_goes_before_the_runner_s()
    {
        var recorder = new Recorder();
        recorder.Record(Second, Response.Ok(latencyMs: 2));
        Assert.InRange(recorder.Stats("one", Second).Ok.Latency.MaxMs, 1.9, 2.1);
    }

    [Fact]
    public void A_rising_rate_is_due_in_a_straight_line_and_as_often_as_its_area()
    {
        var dues = new Slope(0, 100, Second).Dues(2 * Second).ToList();
        Assert.Equal(100, dues.Count);
        Assert.Equal(25, dues.Count(due => due < Second));
        Assert.Equal(dues.Order(), dues);
    }

    private static ScenarioProps Of(string name) => Scenario.Create(name, static _ => Task.FromResult<IResponse>(Response.Ok()));
}
