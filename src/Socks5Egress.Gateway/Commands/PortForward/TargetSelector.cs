namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>What a choice goes by.</summary>
/// <param name="IsUp">It passed its checks.</param>
/// <param name="Connections">Connections of this forward that it has.</param>
internal readonly record struct TargetState(bool IsUp, int Connections);

/// <summary>Which target is next. Pure.</summary>
internal static class TargetSelector
{
    /// <summary>A set of tried targets is 64 bits.</summary>
    public const int MostTargets = 64;

    /// <summary>
    /// The best target that was not tried. Those that are down come last, but they come: a check can be wrong, and a connect that fails
    /// costs no more than a refusal.
    /// </summary>
    /// <param name="targets">At most <see cref="MostTargets"/>.</param>
    /// <param name="order">What is best.</param>
    /// <param name="tried">A bit for each target that this connection has tried.</param>
    /// <param name="turn">Counts choices: of targets with equally few connections each has its turn.</param>
    /// <returns>Its index, or −1 when all were tried.</returns>
    public static int Next(ReadOnlySpan<TargetState> targets, TargetOrder order, ulong tried, uint turn)
    {
        var best = -1;
        for (var i = 0; i < targets.Length; i++)
        {
            var at = order == TargetOrder.Least ? (int)((turn + (uint)i) % (uint)targets.Length) : i;
            if ((tried >> at & 1) == 0 && (best < 0 || IsBetter(targets[at], targets[best], order))) best = at;
        }
        return best;
    }

    private static bool IsBetter(TargetState one, TargetState other, TargetOrder order) =>
        one.IsUp == other.IsUp ? order == TargetOrder.Least && one.Connections < other.Connections : one.IsUp;
}
