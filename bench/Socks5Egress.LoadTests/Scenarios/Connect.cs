using NBomber.Contracts;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Open model: clients come at their own rate, each with a connection of its own.</summary>
internal static class Connect
{
    private const int Rate = 400;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static LoadScenario Of(Surroundings around)
    {
        // No piece of a profile is shorter than a second
        var rising = TimeSpan.FromSeconds(Math.Max(1, Math.Floor(around.During.TotalSeconds / 2)));
        LoadSimulation[] simulations =
        [
            Simulation.RampingInject(rate: Rate, interval: Second, during: rising),
            Simulation.Inject(rate: Rate, interval: Second, during: around.During),
        ];
        var watch = new ScenarioWatch(around, rising + around.During);
        var props = Scenario.Create("connect", watch.Iteration(async cancellation =>
            {
                using var connection = await EchoConnection.OpenAsync(around, cancellation);
                return await connection.EchoAsync(cancellation);
            }))
            .WithInit(watch.Init(static _ => Task.CompletedTask))
            .WithClean(watch.Clean(static _ => Task.CompletedTask))
            .WithWarmUpDuration(TimeSpan.FromSeconds(2))
            .WithLoadSimulations(simulations);
        return new LoadScenario(props, "Connect, handshake, 64 B there and back, close", simulations, watch,
            new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(1)));
    }
}
