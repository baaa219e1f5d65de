using System.Collections.Immutable;

namespace Socks5Egress.Hosting;

/// <summary>Whether the gateway should be given traffic, and if not, why.</summary>
internal sealed class Readiness
{
    private volatile bool _started, _draining;

    /// <summary>Says of each listener whether it accepts; set once they are open.</summary>
    public Func<bool> Accepting { private get; set; } = static () => false;

    /// <summary>All listeners are open.</summary>
    public void Started() => _started = true;

    /// <summary>Told to stop: red at once, while connections are still accepted.</summary>
    public void Draining() => _draining = true;

    /// <summary>Empty when ready.</summary>
    public ImmutableArray<string> Reasons => (_started, _draining) switch
    {
        (false, _) => ["starting"],
        (_, true) => ["draining"],
        _ => Accepting() ? [] : ["accept-failing"],
    };

    /// <summary>The accept loops live.</summary>
    public bool Healthy => _started && (_draining || Accepting());
}
