using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>One forward as <c>/readyz</c> and <c>/metrics</c> may show it.</summary>
/// <param name="Listen">Where it listens.</param>
/// <param name="Checked">Whether its targets are checked; if not, all count as up.</param>
/// <param name="Targets">In the order of writing.</param>
internal sealed record ForwardSnapshot(IPEndPoint Listen, bool Checked, ImmutableArray<TargetSnapshot> Targets)
{
    /// <summary>New connections have somewhere to go.</summary>
    public bool IsUp => Targets.Any(target => target.IsUp);
}

/// <summary>A listener whose sessions all ask for the same: one of these targets. Its checks go the way of its sessions.</summary>
/// <param name="number">Its number among the listeners of the rulebook.</param>
/// <param name="listen">Where it really listens.</param>
/// <param name="targets">Its targets and their state.</param>
/// <param name="rules">Each target's own rule, which allows exactly it.</param>
internal sealed class StaticForward(int number, IPEndPoint listen, TargetPool targets, ImmutableArray<Rule> rules) : IGranted, IFixedTargets
{
    private readonly ImmutableArray<IndexedRule> _rules =
        [.. rules.Select((rule, i) => new IndexedRule(i, (targets.Options.Names is null ? "forward:" : "forward:sni:") + rule.Text, rule, rule.Ports ?? PortSet.All)
            { IsWide = targets.Options.Names is not null })];

    /// <summary>Its state at this moment.</summary>
    public ForwardSnapshot Snapshot() => new(listen, targets.Options.Check != TargetCheckKind.Off, targets.Snapshot());

    /// <summary>The rule that allows exactly this target; null: it is not one of this forward's.</summary>
    public IndexedRule? RuleOf(Destination target)
    {
        if (targets.Options.Names is not { } names) return targets.Options.Targets.IndexOf(target) is var at and >= 0 ? _rules[at] : null;
        return names.Find(target.Name, out var named) is var pattern and >= 0 && named.Port == target.Port ? _rules[pattern] : null;
    }

    /// <summary>What its listener runs for every client.</summary>
    public ICommand Command { get; } = targets.Options.Names is { } names ? new SniForwardCommand(names, targets) : new PortForwardCommand(targets);

    /// <summary>Starts to check every target, each in a loop of its own.</summary>
    /// <param name="stages">What serves the sessions.</param>
    public IEnumerable<BackgroundLoop> StartChecks(SessionServices stages) => targets.Options.Check == TargetCheckKind.Off
        ? []
        // Of a pattern there is no one name to ask
        : Enumerable.Range(0, _rules.Length).Where(at => _rules[at].Rule.Kind != RuleKind.Suffix).Select(at => stages.Supervisor.Loop(
            $"check of {targets.Options.Targets[at]}",
            stop => HealthMonitor.RunAsync(
                targets, at, (target, cancellation) => CheckAsync(stages, target, cancellation), stages.Time, stop)));

    private async ValueTask<string?> CheckAsync(SessionServices stages, Destination target, CancellationToken stop)
    {
        using var lease = stages.Rules.Register(new Grant(number), this);
        return await HealthProbe.RunAsync(
            target, targets.Options,
            (destination, cancellation) => stages.Connector.DialAsync(new TargetRequest(lease, destination), null, null, cancellation),
            stages.Time, stop);
    }

    /// <summary>A check that becomes forbidden ends by itself: its next step looks at the lease.</summary>
    void IGranted.Revoke()
    {
    }
}
