using NBomber.Contracts;
using NBomber.Contracts.Stats;
using Serilog;

namespace NBomber.Running;

/// <summary>One copy of a scenario: its iterations come one after the other.</summary>
internal sealed class Copy(TestSession session, ScenarioInfo info) : IScenarioContext
{
    public ScenarioInfo ScenarioInfo => info;

    public NodeInfo NodeInfo => session.Node;

    public ILogger Logger => session.Logger;

    public int InvocationNumber { get; private set; }

    public Dictionary<string, object> Data { get; } = [];

    public void StopScenario(string scenarioName, string reason) => session.Stop(scenarioName);

    public void StopCurrentTest(string reason) => session.StopAll();

    public void Begin()
    {
        InvocationNumber++;
        Data.Clear();
    }
}
