using System.Collections.Immutable;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Identity;
using Socks5Egress.Supervision;

namespace Socks5Egress.Admin;

/// <summary>
/// Whether the gateway should be given traffic, and if not, why. Everything is looked up when it is asked for, so that it turns green
/// by itself.
/// </summary>
internal sealed class Readiness
{
    private volatile bool _started, _draining;

    /// <summary>Says of each listener whether it accepts; set once they are open.</summary>
    public Func<bool> Accepting { private get; set; } = static () => false;

    /// <summary>Whether the system has descriptors for another connection.</summary>
    public Func<bool> HasDescriptors { private get; set; } = static () => true;

    /// <summary>The limit that would refuse whoever comes; null: none.</summary>
    public Func<string?> Shortage { private get; set; } = static () => null;

    /// <summary>Whether the transport's threads turn.</summary>
    public Func<bool> Turning { private get; set; } = static () => true;

    /// <summary>What is known of the addresses that connections leave from.</summary>
    public Func<EgressIdentity> Identity { private get; set; } = static () => EgressIdentity.Off;

    /// <summary>What is known of the targets of static forwards.</summary>
    public Func<ImmutableArray<ForwardSnapshot>> Forwards { get; set; } = static () => [];

    /// <summary>Background work that cannot go on.</summary>
    public Func<IEnumerable<BackgroundHealth>> Failing { private get; set; } = static () => [];

    /// <summary>Whether the last reload was refused, so that older rules hold than the files have.</summary>
    public Func<bool> IsReloadRefused { private get; set; } = static () => false;

    /// <summary>All listeners are open.</summary>
    public void Started() => _started = true;

    /// <summary>Told to stop: red at once, while connections are still accepted.</summary>
    public void Draining() => _draining = true;

    /// <summary>Empty when ready.</summary>
    public ImmutableArray<string> Reasons => (_started, _draining) switch
    {
        (_, true) => ["draining"],
        _ when Identity() is { IsOpen: false } identity => identity.Reasons,
        (false, _) => ["starting"],
        _ => [.. Shortages()],
    };

    /// <summary>What is not as it should be, and yet no reason to keep traffic away.</summary>
    public ImmutableArray<string> Notes =>
    [
        .. Identity() is { IsOpen: true } identity ? identity.Reasons : [],
        .. IsReloadRefused() ? ["reload-refused: the configuration before it holds; see gateway.reload-refused in the log"] : ImmutableArray<string>.Empty,
        .. Failing().Where(static work => !work.IsEssential).Select(Sentence),
        .. Forwards().Where(forward => !forward.IsUp).Select(forward => $"forward-down {forward.Listen}: no target is up"),
    ];

    /// <summary>
    /// Liveness: the process answers, the transport's threads turn, and no background work that a gateway needs has died. What a
    /// restart would not mend (full, draining, short of descriptors, waiting for its egress address) is readiness.
    /// </summary>
    public bool Healthy => Turning() && !Failing().Any(static work => work.IsEssential);

    private IEnumerable<string> Shortages()
    {
        if (!Turning()) yield return "loop-stuck";
        if (!HasDescriptors()) yield return "out-of-descriptors";
        if (!Accepting()) yield return "accept-failing";
        if (Shortage() is { } shortage) yield return shortage;
        foreach (var work in Failing().Where(static work => work.IsEssential)) yield return Sentence(work);
    }

    private static string Sentence(BackgroundHealth work) => $"background-failing {work.Name}: see background.fault in the log";
}
