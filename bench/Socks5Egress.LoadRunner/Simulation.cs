using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>The pieces of a load profile.</summary>
public static class Simulation
{
    /// <summary>Closed model, copies in a straight line from the number before (0 at first) to this one.</summary>
    public static LoadSimulation RampingConstant(int copies, TimeSpan during) =>
        new() { Kind = LoadSimulation.Shape.RampingConstant, Copies = copies, During = during };

    /// <summary>Closed model: so many copies, each beginning anew when it is done.</summary>
    public static LoadSimulation KeepConstant(int copies, TimeSpan during) =>
        new() { Kind = LoadSimulation.Shape.KeepConstant, Copies = copies, During = during };

    /// <summary>Open model, from the rate before it (0 at first) in a straight line to this one.</summary>
    public static LoadSimulation RampingInject(int rate, TimeSpan interval, TimeSpan during) =>
        new() { Kind = LoadSimulation.Shape.RampingInject, Rate = rate, Interval = interval, During = during };

    /// <summary>Open model: so many beginnings an interval, whatever becomes of those before.</summary>
    public static LoadSimulation Inject(int rate, TimeSpan interval, TimeSpan during) =>
        new() { Kind = LoadSimulation.Shape.Inject, Rate = rate, Interval = interval, During = during };

    /// <summary>Nothing begins.</summary>
    public static LoadSimulation Pause(TimeSpan during) => new() { Kind = LoadSimulation.Shape.Pause, During = during };
}
