using System.Collections.Immutable;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>One target as <c>/readyz</c> and <c>/metrics</c> may show it.</summary>
/// <param name="Target">As it was written.</param>
/// <param name="IsUp">New connections go to it.</param>
/// <param name="Connections">Connections of this forward that it has.</param>
/// <param name="Failure">Why it failed last, an end reason in kebab case; null when its last answer was good or there was none.</param>
internal readonly record struct TargetSnapshot(Destination Target, bool IsUp, int Connections, string? Failure);

/// <summary>Told when a target goes up or down.</summary>
/// <param name="target">Which.</param>
/// <param name="isUp">Up now.</param>
/// <param name="failure">Why it is down; null when it is up.</param>
internal delegate void TargetChanged(Destination target, bool isUp, string? failure);

/// <summary>
/// The targets of one forward: their health, and how many connections each has. All sessions of the forward and its checks meet here;
/// every step is short and under one lock.
/// </summary>
internal sealed class TargetPool(ForwardOptions options, TargetChanged changed)
{
    private readonly Lock _lock = new();
    private readonly TargetHealth[] _health = [.. options.Targets.Select(_ => TargetHealth.Unknown)];
    private readonly int[] _connections = new int[options.Targets.Length];
    private readonly string?[] _failures = new string?[options.Targets.Length];
    private uint _turn;

    public ForwardOptions Options => options;

    /// <summary>All targets at this moment.</summary>
    public ImmutableArray<TargetSnapshot> Snapshot()
    {
        lock (_lock)
        {
            return [.. options.Targets.Select((target, i) => new TargetSnapshot(target, _health[i].IsUp, _connections[i], _failures[i]))];
        }
    }

    /// <summary>Chooses a target and counts a connection for it, to be given back with <see cref="Leave"/>.</summary>
    /// <param name="tried">A bit for each target not to choose.</param>
    /// <returns>Its index, or −1 when there is none left.</returns>
    public int Take(ulong tried)
    {
        lock (_lock)
        {
            Span<TargetState> states = stackalloc TargetState[_health.Length];
            for (var i = 0; i < states.Length; i++) states[i] = new TargetState(_health[i].IsUp, _connections[i]);
            var at = TargetSelector.Next(states, options.Order, tried, _turn++);
            if (at >= 0) _connections[at]++;
            return at;
        }
    }

    /// <summary>Counts a connection for the target that its client has named, to be given back with <see cref="Leave"/>.</summary>
    public void Enter(int at)
    {
        lock (_lock) _connections[at]++;
    }

    /// <summary>A connection has left its target, or never got there.</summary>
    public void Leave(int at)
    {
        lock (_lock) _connections[at]--;
    }

    /// <summary>A check of a target has ended.</summary>
    /// <param name="at">Its index.</param>
    /// <param name="failure">Why it failed, or null when it passed.</param>
    public void Checked(int at, string? failure)
    {
        bool turned;
        lock (_lock)
        {
            _failures[at] = failure;
            var before = _health[at];
            _health[at] = before.After(failure is null, options.Rise, options.Fall);
            turned = _health[at].IsUp != before.IsUp;
        }
        if (turned) changed(options.Targets[at], failure is null, failure);
    }

    /// <summary>
    /// A client's connect failed: as good as a failed check, and often earlier. Not where there are no checks, as nothing could bring the
    /// target up again.
    /// </summary>
    public void Failed(int at, string failure)
    {
        if (options.Check != TargetCheckKind.Off) Checked(at, failure);
        else lock (_lock) _failures[at] = failure;
    }

    /// <summary>A client reached its target. That does not bring up one which is down: its checks in a row do.</summary>
    public void Reached(int at)
    {
        lock (_lock)
        {
            if (!_health[at].IsUp) return;
            _failures[at] = null;
            _health[at] = _health[at].After(true, options.Rise, options.Fall);
        }
    }
}
