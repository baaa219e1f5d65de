namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>
/// Whether a target is up, and how near it is to the other. The first answer decides at once: a target that is dead at the start is not
/// tried three times by clients, and one that lives does not have to earn it.
/// </summary>
/// <param name="IsUp">New connections go to it.</param>
/// <param name="Against">Answers in a row that speak against <paramref name="IsUp"/>.</param>
/// <param name="IsKnown">There was an answer.</param>
internal readonly record struct TargetHealth(bool IsUp, int Against, bool IsKnown)
{
    /// <summary>Before the first answer: it is tried.</summary>
    public static TargetHealth Unknown => new(true, 0, false);

    /// <summary>The health after one more answer. Pure.</summary>
    /// <param name="passed">What the answer was.</param>
    /// <param name="rise">Passed checks in a row that bring it up.</param>
    /// <param name="fall">Failures in a row that take it down.</param>
    public TargetHealth After(bool passed, int rise, int fall)
    {
        if (!IsKnown) return new TargetHealth(passed, 0, true);
        if (passed == IsUp) return this with { Against = 0 };
        return Against + 1 >= (IsUp ? fall : rise) ? new TargetHealth(passed, 0, true) : this with { Against = Against + 1 };
    }
}
