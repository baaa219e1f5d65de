namespace Socks5Egress.Gateway.Resolving;

/// <summary>One lookup on its way, for everybody who waits for it. Its resolver's lock guards it.</summary>
internal sealed class Lookup(LookupKey key, LookupLane lane, long began)
{
    public LookupKey Key => key;

    /// <summary>What answers it.</summary>
    public LookupLane Lane => lane;

    /// <summary>When it was first asked for.</summary>
    public long Began => began;

    /// <summary>Who waits. Nobody: it is abandoned.</summary>
    public List<Resolution> Waiters { get; } = [];

    /// <summary>In whose queues it stands.</summary>
    public HashSet<LookupClient> Queues { get; } = [];

    /// <summary>It has a place.</summary>
    public bool Runs { get; set; }

    /// <summary>It was answered, or given up.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whose place it has.</summary>
    public LookupClient Charged { get; set; }
}

/// <summary>
/// Answers lookups, each within a time of its own. Never throws and never calls back on the caller's thread. Two: the gateway's own DNS client, and
/// the system's resolver.
/// </summary>
internal interface ILookupSource
{
    /// <summary>Begins one.</summary>
    /// <param name="key">What to look up.</param>
    /// <param name="done">Called once, on a thread of the source: unless the lookup was cancelled before.</param>
    /// <returns>Gives it up when called, from any thread. False: that cannot be done, and it goes on until <paramref name="done"/>.</returns>
    Func<bool> Begin(LookupKey key, Action<ResolveResult> done);
}

/// <summary>A source of answers and its places.</summary>
internal sealed class LookupLane(ILookupSource source, LookupQueue queue)
{
    public ILookupSource Source => source;

    public LookupQueue Queue => queue;

    /// <summary>How to give up those that run.</summary>
    public Dictionary<Lookup, Func<bool>> Running { get; } = [];
}
