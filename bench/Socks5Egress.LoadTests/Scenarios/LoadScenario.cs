using NBomber.Contracts;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>One scenario in NBomber's vocabulary, with what NBomber has no word for.</summary>
/// <param name="Props">What is registered.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Simulations">The profile of <paramref name="Props"/>, which does not give it back.</param>
/// <param name="Watch">What was seen of it beside the runner's figures.</param>
/// <param name="Limits">What its figures are held to.</param>
internal sealed record LoadScenario(ScenarioProps Props, string Summary, LoadSimulation[] Simulations, ScenarioWatch Watch, LoadLimits Limits)
{
    public string Name => Props.ScenarioName;

    /// <summary>Whether beginnings are due whatever becomes of those before.</summary>
    public bool IsOpen => Simulations.Any(simulation => simulation.IsInject || simulation.IsRampingInject);

    /// <summary>The profile in words.</summary>
    public string Profile => string.Join("; ", Simulations.Select(simulation => simulation.ToString().ReplaceLineEndings(" ")));
}

/// <summary>Bounds on the figures of a scenario. Crossing one makes the run fail (exit code 1).</summary>
/// <param name="FailPercent">The most that may fail, of all iterations.</param>
/// <param name="Percent99">The most that the 99th percentile may be.</param>
internal sealed record LoadLimits(double FailPercent, TimeSpan Percent99);
