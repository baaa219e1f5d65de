namespace Socks5Egress.Supervision;

/// <summary>
/// The system's clock, with timers that fire on one thread of their own. The timers of <see cref="TimeProvider.System"/> fire on the
/// thread pool, behind whatever keeps it busy; these wait for nothing but each other. A callback must be short and must not block.
/// </summary>
internal sealed class TimerThread : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly ManualResetEventSlim _changed = new(false, spinCount: 0);
    private Thread? _thread;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var entry = new Entry(this, callback, state);
        lock (_lock)
        {
            _entries.Add(entry);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "timers" };
                _thread.UnsafeStart();
            }
        }
        entry.Change(dueTime, period);
        return entry;
    }

    private void Run()
    {
        while (true)
        {
            var next = Next(out var wait);
            if (next is not null) next.Callback(next.State);
            else if (wait == Timeout.InfiniteTimeSpan) _changed.Wait();
            else _changed.Wait(wait);
        }
    }

    /// <summary>The entry that is due the longest; else null, and how long until one is.</summary>
    private Entry? Next(out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        lock (_lock)
        {
            _changed.Reset();
            var first = _entries.Where(entry => entry.Due != long.MaxValue).MinBy(entry => entry.Due);
            if (first is null) return null;
            var now = GetTimestamp();
            if (first.Due > now)
            {
                // Rounded up: waiting for a part of a millisecond would be no wait, and spin
                wait = TimeSpan.FromMilliseconds(Math.Ceiling(GetElapsedTime(now, first.Due).TotalMilliseconds));
                return null;
            }
            // A run that took too long, or a machine that slept, is not made up for
            first.Due = first.Period == long.MaxValue ? long.MaxValue : Math.Max(first.Due + first.Period, now);
            return first;
        }
    }

    private void Remove(Entry entry)
    {
        lock (_lock) _entries.Remove(entry);
    }

    private void Set(Entry entry, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            entry.Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : GetTimestamp() + Stamps(dueTime);
            entry.Period = period > TimeSpan.Zero ? Stamps(period) : long.MaxValue;
            _changed.Set();
        }
    }

    private long Stamps(TimeSpan span) => (long)(span.TotalSeconds * TimestampFrequency);

    private sealed class Entry(TimerThread owner, TimerCallback callback, object? state) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public long Due { get; set; } = long.MaxValue;

        public long Period { get; set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Set(this, dueTime, period);
            return true;
        }

        public void Dispose() => owner.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
