namespace Socks5Egress.LoadTests.Vocabulary;

/// <summary>A piece of a load profile, with the names and meanings that NBomber has for them.</summary>
/// <param name="During">How long it goes on.</param>
internal abstract record LoadSimulation(TimeSpan During)
{
    /// <summary>As a report says it.</summary>
    public abstract string Words { get; }
}

/// <summary>Closed model: so many copies, each beginning anew when it is done.</summary>
internal sealed record KeepConstant(int Copies, TimeSpan During) : LoadSimulation(During)
{
    public override string Words => $"{Copies} copies for {During.TotalSeconds:0} s";
}

/// <summary>Open model: so many beginnings an interval, whatever becomes of those before.</summary>
internal sealed record Inject(int Rate, TimeSpan Interval, TimeSpan During) : LoadSimulation(During)
{
    public override string Words => $"{Rate} every {Interval.TotalSeconds:0.###} s for {During.TotalSeconds:0} s";
}

/// <summary>Open model: from the rate before it (0 at first), in a straight line, to this one.</summary>
internal sealed record RampingInject(int Rate, TimeSpan Interval, TimeSpan During) : LoadSimulation(During)
{
    public override string Words => $"rising to {Rate} every {Interval.TotalSeconds:0.###} s over {During.TotalSeconds:0} s";
}
