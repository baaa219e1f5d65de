using System.Collections.Concurrent;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>
/// The sessions there are. One sweep a quarter of a second judges every deadline from what the sessions have written down, where a timer each would cost
/// an allocation and a lock at every step. Sessions that only relay or wait in reserve, of which there may be thousands, are looked at less often, as far as their deadlines are long.
/// </summary>
internal sealed class SessionTable : IDisposable
{
    private const string SweepName = "deadlines";

    /// <summary>How often a session's peers are looked at; a sweep takes its share of the sessions.</summary>
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ILiveSession, LinkedListNode<ILiveSession>?> _all = new();
    private readonly ConcurrentDictionary<ILiveSession, byte> _hurried = new();
    private readonly PendingHandshakes<ILiveSession> _pending = new();
    private readonly Supervisor _supervisor;
    private readonly BackgroundTimer _sweep;
    private readonly CancellationTokenSource _lingering = new();
    private readonly long _betweenFull, _shares;
    private long _sweeps;
    private int _count;
    private volatile TaskCompletionSource? _empty;

    /// <param name="most">The sessions that this process has descriptors for.</param>
    /// <param name="tick">How often deadlines are judged: see <see cref="TickFor"/>.</param>
    /// <param name="supervisor">The clock, and what the sweep runs on.</param>
    /// <param name="memory">Refuses when memory is short; null: never.</param>
    /// <param name="unhurriedTick">How often those of unhurried phases are judged: see <see cref="UnhurriedTickFor"/>; null: as often as all others.</param>
    public SessionTable(int most, TimeSpan tick, Supervisor supervisor, MemoryGuard? memory = null, TimeSpan? unhurriedTick = null)
    {
        Capacity = most;
        Admittance = new SessionLimiter(memory ?? new MemoryGuard(0, static () => 0, static () => { }, supervisor.Time), supervisor.Time);
        _supervisor = supervisor;
        _betweenFull = Math.Max(1, (unhurriedTick ?? tick).Ticks / tick.Ticks);
        _shares = Math.Max(1, BetweenChecks.Ticks / tick.Ticks / _betweenFull);
        _sweep = supervisor.Every(SweepName, tick, Sweep, isEssential: true);
    }

    /// <summary>Connections, with those that are still negotiating.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The sessions that this process has descriptors for.</summary>
    public int Capacity { get; }

    /// <summary>Who is let in.</summary>
    public SessionLimiter Admittance { get; }

    /// <summary>Connections whose request is read.</summary>
    public int Admitted => Admittance.Sessions;

    /// <summary>Connections whose request is not yet read.</summary>
    public int Pending => _pending.Count;

    /// <summary>Connections that have logged in and wait for their request.</summary>
    public WarmConnections<ILiveSession> Warm { get; } = new();

    /// <summary>Ends those that wait, and every one that begins to wait from now on: their clients move before anything fails.</summary>
    public void CloseWarm()
    {
        foreach (var session in Warm.Close()) session.End(EndReason.Draining);
    }

    /// <summary>Those that do not wait for their request.</summary>
    public IEnumerable<ILiveSession> Serving => All.Where(session => session.Stage != SessionPhase.Warm);

    /// <summary>All of them, at about this moment.</summary>
    public IEnumerable<ILiveSession> All => _all.Keys;

    /// <summary>
    /// A tenth of the shortest deadline, between 5 ms and 250 ms. With what a busy machine adds, a deadline is at most an eighth late.
    /// </summary>
    public static TimeSpan TickFor(params ReadOnlySpan<TimeSpan> deadlines) => TickFor(TimeSpan.FromMilliseconds(250), deadlines);

    /// <summary>The same for sessions in an unhurried phase: at most 1 s.</summary>
    public static TimeSpan UnhurriedTickFor(params ReadOnlySpan<TimeSpan> deadlines) => TickFor(TimeSpan.FromSeconds(1), deadlines);

    private static TimeSpan TickFor(TimeSpan most, ReadOnlySpan<TimeSpan> deadlines)
    {
        var tick = most;
        foreach (var deadline in deadlines)
        {
            if (deadline > TimeSpan.Zero && deadline / 10 < tick) tick = deadline / 10;
        }
        return tick < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : tick;
    }

    /// <summary>A connection is accepted. It is always taken; one too many pushes out another that has not asked yet.</summary>
    /// <param name="session">The newcomer.</param>
    /// <param name="mostPending">How many may not have asked yet; 0: no limit.</param>
    public void Add(ILiveSession session, int mostPending)
    {
        _hurried.TryAdd(session, 0);
        _all.TryAdd(session, _pending.Enter(session, session.Source, mostPending, out var evicted));
        Interlocked.Increment(ref _count);
        evicted?.End(EndReason.LimitPending);
    }

    /// <summary>A PROXY header has said where it comes from.</summary>
    public void Named(ILiveSession session, ClientPrefix from)
    {
        if (_all.TryGetValue(session, out var pending) && pending is not null) _pending.Move(pending, from, session.Source);
    }

    /// <summary>Its request is read.</summary>
    public void Asked(ILiveSession session)
    {
        if (!_all.TryGetValue(session, out var pending) || pending is null) return;
        _pending.Leave(pending, session.Source);
        _all.TryUpdate(session, null, pending);
    }

    /// <summary>A connection that waited after its login has begun its request: it is a pending handshake again, and counts as one.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="mostPending">The limit of pending handshakes; 0: no limit.</param>
    public void Asking(ILiveSession session, int mostPending)
    {
        if (!_all.ContainsKey(session)) return;
        _all[session] = _pending.Enter(session, session.Source, mostPending, out var evicted);
        evicted?.End(EndReason.LimitPending);
    }

    /// <summary>It has deadlines again that every sweep has to look at, or none any more.</summary>
    public void Hurry(ILiveSession session, bool isHurried)
    {
        if (isHurried) _hurried.TryAdd(session, 0);
        else _hurried.TryRemove(session, out _);
    }

    /// <summary>Forgets a connection that is over.</summary>
    public void Remove(ILiveSession session)
    {
        Asked(session);
        _hurried.TryRemove(session, out _);
        if (_all.TryRemove(session, out _) && Interlocked.Decrement(ref _count) == 0) _empty?.TrySetResult();
    }

    /// <summary>Completes at the first moment from now on at which there are none. One caller.</summary>
    public Task WhenEmpty()
    {
        var empty = _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Count == 0) empty.TrySetResult();
        return empty.Task;
    }

    /// <summary>Closes those that are idle and whose moment has come.</summary>
    /// <param name="began">Timestamp of the drain's beginning.</param>
    /// <param name="window">How long sessions may go on.</param>
    public void Drain(long began, TimeSpan window)
    {
        var now = _supervisor.Time.GetTimestamp();
        foreach (var session in All) session.Drain(now, _supervisor.Time.GetElapsedTime(began, now), window);
    }

    /// <summary>Ends all of them.</summary>
    /// <returns>How many there were.</returns>
    public int EndAll(EndReason reason)
    {
        var ended = 0;
        foreach (var session in All)
        {
            session.End(reason);
            ended++;
        }
        return ended;
    }

    /// <summary>Cancelled when no client is waited for any more that has been refused.</summary>
    public CancellationToken Lingering => _lingering.Token;

    /// <summary>Closes the connections whose clients have had their refusal and have not closed yet. Their log lines follow.</summary>
    public void EndLingering() => _supervisor.Cancel("the end of all sessions", _lingering);

    public void Dispose()
    {
        _sweep.Dispose();
        _lingering.Dispose();
    }

    private void Sweep()
    {
        var now = _supervisor.Time.GetTimestamp();
        var (isFull, share) = (_sweeps % _betweenFull == 0, _sweeps / _betweenFull % _shares);
        _sweeps++;
        if (!isFull)
        {
            foreach (var (session, _) in _hurried) Check(session, now, withPeers: false);
            return;
        }
        foreach (var (session, _) in _all) Check(session, now, session.Record.Number % _shares == share);
    }

    private void Check(ILiveSession session, long now, bool withPeers)
    {
        try
        {
            session.CheckDeadline(now);
            if (withPeers) session.CheckPeers(now);
        }
        catch (Exception exception)
        {
            // One session's fault must not keep the others from being judged
            _supervisor.Report(SweepName, exception);
        }
    }
}
