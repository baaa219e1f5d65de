using NBomber.Contracts;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Closed model: connections that stay, each with one request in flight.</summary>
internal static class PingPong
{
    /// <summary>Connections at work.</summary>
    public const int Copies = 128;

    public static LoadScenario Of(Surroundings around)
    {
        var (pool, watch) = (new EchoPool(around), new ScenarioWatch(around, around.During));
        LoadSimulation[] simulations = [Simulation.KeepConstant(copies: Copies, during: around.During)];
        var props = Scenario.Create("pingpong", watch.Iteration(pool.EchoAsync))
            .WithInit(watch.Init(cancellation => pool.OpenAsync(Copies, cancellation)))
            .WithClean(watch.Clean(_ =>
            {
                pool.Close();
                return Task.CompletedTask;
            }))
            .WithWarmUpDuration(around.WarmUp)
            .WithLoadSimulations(simulations);
        return new LoadScenario(props, "64 B there and back on connections that stay", simulations, watch,
            new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(1)));
    }
}
