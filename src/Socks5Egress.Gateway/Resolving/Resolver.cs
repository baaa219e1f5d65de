using System.IO.Pipelines;
using System.Net.Sockets;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// From names to addresses: <c>localhost</c> and <c>/etc/hosts</c> first, always; then the cache; then a lookup for each family, one at a
/// time for a name however many ask. What a lookup waits for and works on is its source's matter, on threads of its own.
/// </summary>
/// <remarks>
/// Here is the one place where an answer is kept, and it is a value: there is no task that could be kept with its fault. A lookup that
/// nobody waits for is given up, and whoever leaves takes nothing from the others.
/// </remarks>
/// <param name="files">What this machine knows without asking.</param>
/// <param name="laneOf">Who is asked about a name.</param>
/// <param name="time">The clock, whose timers must not wait for the thread pool.</param>
internal sealed class Resolver(NameFiles files, Func<NameSettings, string, LookupLane> laneOf, TimeProvider time) : IDisposable
{
    /// <summary>Answers in the cache: of 4,096 names.</summary>
    public const int MaxCached = 8192;

    private const int MaxSlow = 4096;

    // RFC 6761 section 6.3: these names are this machine's, whatever a server says
    private static readonly ResolveResult Loopback =
        new([System.Net.IPAddress.IPv6Loopback, System.Net.IPAddress.Loopback], TimeSpan.Zero, EndReason.None);

    private readonly Lock _lock = new();
    private readonly AnswerCache _cache = new(MaxCached, time);
    private readonly Dictionary<LookupKey, Lookup> _lookups = [];

    /// <summary>What is not waited for. Under the lock.</summary>
    internal UnresponsiveFamilies Slow { get; } = new(MaxSlow, time);

    /// <summary>Suffixes that a relative name is tried with; none: names are absolute.</summary>
    public IReadOnlyList<string> SearchList { get; init; } = [];

    /// <summary>What ends with it: the threads of its sources.</summary>
    public IReadOnlyList<IDisposable> Owned { private get; init; } = [];

    /// <summary>How many answers the cache holds.</summary>
    public int Cached
    {
        get
        {
            lock (_lock) return _cache.Count;
        }
    }

    internal TimeProvider Time => time;

    /// <summary>Resolves a name, and waits for the second family only as long as <see cref="Resolution"/> says.</summary>
    /// <param name="request">What and for whom.</param>
    /// <param name="cancellation">Ends the waiting, with <see cref="EndReason.ConnectTimeout"/>; the lookup goes on for others.</param>
    public async ValueTask<ResolveResult> ResolveAsync(LookupRequest request, CancellationToken cancellation)
    {
        using var resolution = Begin(request);
        return await resolution.FirstAsync(cancellation);
    }

    /// <summary>Begins to resolve a name. Dispose the result: what it still waits for then is left to others.</summary>
    public Resolution Begin(in LookupRequest request)
    {
        // Inline would be the thread that all lookups share
        var resolution = new Resolution(this, request.Scheduler == PipeScheduler.Inline ? request with { Scheduler = PipeScheduler.ThreadPool } : request);
        var name = request.Name;
        if (name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal))
        {
            resolution.Know(Loopback);
            resolution.Publish(atOnce: true);
        }
        else if (files.TryGet(out var settings)) Enter(resolution, settings, atOnce: true);
        else files.WhenFresh(fresh => Enter(resolution, fresh, atOnce: false));
        return resolution;
    }

    public void Dispose()
    {
        foreach (var each in Owned) each.Dispose();
        files.Dispose();
    }

    /// <summary>Runs what changes a resolution under the lock, and tells it of the outcome behind the lock.</summary>
    internal void Change(Resolution resolution, Action<Resolution> change)
    {
        lock (_lock) change(resolution);
        resolution.Publish(atOnce: false);
    }

    /// <summary>One who waited does so no longer. Under the lock.</summary>
    internal void Leave(Lookup lookup, Resolution resolution)
    {
        if (lookup.IsOver || !lookup.Waiters.Remove(resolution) || lookup.Waiters.Count > 0) return;
        var lane = lookup.Lane;
        // The system's resolver cannot be stopped: its answer will be kept, and its place stays with the client who took it
        if (lookup.Runs && !lane.Running[lookup]()) return;
        Over(lookup);
        Dispatch(lane);
    }

    private void Enter(Resolution resolution, NameSettings settings, bool atOnce)
    {
        var refused = new List<Resolution>();
        var name = resolution.Request.Name;
        lock (_lock)
        {
            if (settings.Hosts.TryGetValue(name, out var listed))
            {
                resolution.Know(new ResolveResult(listed, TimeSpan.Zero, EndReason.None));
            }
            else
            {
                var lane = laneOf(settings, name);
                foreach (var family in resolution.Wanted(settings)) Ask(new LookupKey(name, family), lane, resolution, refused);
                resolution.Advance();
            }
        }
        resolution.Publish(atOnce);
        foreach (var other in refused) other.Publish(atOnce: false);
    }

    private void Ask(LookupKey key, LookupLane lane, Resolution resolution, List<Resolution> refused)
    {
        if (!resolution.Request.IsFresh && _cache.TryGet(key, out var known, out var since))
        {
            resolution.Answered(key.Family, known, since);
            return;
        }
        if (!_lookups.TryGetValue(key, out var lookup)) _lookups[key] = lookup = new Lookup(key, lane, time.GetTimestamp());
        lookup.Waiters.Add(resolution);
        resolution.Asked(lookup);
        // Whoever joins one that waits for its place lends it his turn: a name does not wait behind another client's
        if (lookup.Runs) return;
        if (lookup.Lane.Queue.Add(resolution.Request.Client, lookup) is { Queues.Count: 0, Runs: false, IsOver: false } last)
        {
            refused.AddRange(last.Waiters);
            Finish(last, ResolveResult.Of(EndReason.LimitLookups));
        }
        Dispatch(lookup.Lane);
    }

    private void Dispatch(LookupLane lane)
    {
        while (lane.Queue.TakeNext() is { } next) lane.Running[next] = lane.Source.Begin(next.Key, answer => Done(next, answer));
    }

    private void Done(Lookup lookup, ResolveResult answer)
    {
        Resolution[] waiters;
        lock (_lock)
        {
            if (lookup.IsOver) return;
            waiters = [.. lookup.Waiters];
            answer = answer with { Addresses = [.. answer.Addresses.Select(AddressLiteral.Canonical)] };
            _cache.Put(lookup.Key, answer, lookup.Charged);
            Finish(lookup, answer);
            Dispatch(lookup.Lane);
        }
        foreach (var waiter in waiters) waiter.Publish(atOnce: false);
    }

    private void Finish(Lookup lookup, ResolveResult answer)
    {
        Over(lookup);
        var now = time.GetTimestamp();
        foreach (var waiter in lookup.Waiters)
        {
            waiter.Answered(lookup.Key.Family, answer, now);
            waiter.Advance();
        }
    }

    private void Over(Lookup lookup)
    {
        lookup.IsOver = true;
        _lookups.Remove(lookup.Key);
        lookup.Lane.Running.Remove(lookup);
        lookup.Lane.Queue.Leave(lookup);
    }
}
