namespace NBomber.Contracts;

/// <summary>A piece of a load profile. Made by <see cref="CSharp.Simulation"/>.</summary>
public sealed class LoadSimulation
{
    internal enum Shape
    {
        RampingConstant,
        KeepConstant,
        RampingInject,
        Inject,
        Pause,
    }

    internal Shape Kind { get; init; }

    /// <summary>Copies of the closed model.</summary>
    internal int Copies { get; init; }

    /// <summary>Beginnings an interval, of the open model.</summary>
    internal int Rate { get; init; }

    internal TimeSpan Interval { get; init; }

    internal TimeSpan During { get; init; }

    /// <summary>Closed model, copies in a straight line from the number before.</summary>
    public bool IsRampingConstant => Kind == Shape.RampingConstant;

    /// <summary>Closed model: so many copies, each beginning anew when it is done.</summary>
    public bool IsKeepConstant => Kind == Shape.KeepConstant;

    /// <summary>Open model, from the rate before it (0 at first) in a straight line to this one.</summary>
    public bool IsRampingInject => Kind == Shape.RampingInject;

    /// <summary>Open model: so many beginnings an interval, whatever becomes of those before.</summary>
    public bool IsInject => Kind == Shape.Inject;

    /// <summary>Nothing begins.</summary>
    public bool IsPause => Kind == Shape.Pause;

    /// <summary>The form in which NBomber writes one: <c>Inject (400, 00:00:01, 00:00:20)</c>.</summary>
    public override string ToString() => Kind switch
    {
        Shape.RampingConstant or Shape.KeepConstant => $"{Kind} ({Copies}, {During})",
        Shape.RampingInject or Shape.Inject => $"{Kind} ({Rate}, {Interval}, {During})",
        _ => $"{Kind} {During}",
    };
}
