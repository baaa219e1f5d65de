using System.Collections.Concurrent;

namespace Socks5Egress;

/// <summary>
/// The sessions there are. One sweep a quarter of a second judges every deadline from what the sessions have written down; that costs
/// some 10 ns a session where a timer each would cost an allocation and a lock at every step.
/// </summary>
internal sealed class LiveSessions : IDisposable
{
    private readonly ConcurrentDictionary<Session, byte> _all = new();
    private readonly TimeProvider _time;
    private readonly int _most;
    private readonly ITimer _sweep;
    private int _count, _admitted;

    /// <param name="most">Sessions in all; a connection counts from the moment its request is read.</param>
    /// <param name="tick">How often deadlines are judged: the least of them, or an eighth, decides.</param>
    /// <param name="time">The clock.</param>
    public LiveSessions(int most, TimeSpan tick, TimeProvider time)
    {
        _most = most;
        _time = time;
        _sweep = time.CreateTimer(static state => ((LiveSessions)state!).Sweep(), this, tick, tick);
    }

    /// <summary>Connections, with those that are still negotiating.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Connections whose request is read.</summary>
    public int Admitted => Volatile.Read(ref _admitted);

    /// <summary>All of them, at about this moment.</summary>
    public IEnumerable<Session> All => _all.Keys;

    /// <summary>An eighth of the shortest deadline, between 5 ms and 250 ms.</summary>
    public static TimeSpan TickFor(params ReadOnlySpan<TimeSpan> deadlines)
    {
        var tick = TimeSpan.FromMilliseconds(250);
        foreach (var deadline in deadlines)
        {
            if (deadline > TimeSpan.Zero && deadline / 8 < tick) tick = deadline / 8;
        }
        return tick < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : tick;
    }

    public void Add(Session session)
    {
        _all.TryAdd(session, 0);
        Interlocked.Increment(ref _count);
    }

    /// <summary>Forgets a connection that is over.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="admitted">It had been admitted.</param>
    public void Remove(Session session, bool admitted)
    {
        if (admitted) Interlocked.Decrement(ref _admitted);
        if (_all.TryRemove(session, out _)) Interlocked.Decrement(ref _count);
    }

    /// <summary>Counts a connection whose request is read as a session, unless there are as many as there may be.</summary>
    public bool TryAdmit()
    {
        if (Interlocked.Increment(ref _admitted) <= _most) return true;
        Interlocked.Decrement(ref _admitted);
        return false;
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

    public void Dispose() => _sweep.Dispose();

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        foreach (var (session, _) in _all) session.Judge(now);
    }
}
