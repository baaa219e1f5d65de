namespace Socks5Egress.Gateway.Resolving;

/// <summary>The system's clock with timers that fire on one thread: that of <see cref="DnsLoop"/>, which asks when the next one is due.</summary>
/// <param name="wake">Called when the next one may be due earlier than the thread believes.</param>
internal sealed class LoopTimers(Action wake) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Entry, long> _due = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan) throw new NotSupportedException("A timer of lookups fires once.");
        var entry = new Entry(this, callback, state);
        entry.Change(dueTime, period);
        return entry;
    }

    /// <summary>Runs what is due.</summary>
    /// <returns>How long until the next one is due; null: there is none.</returns>
    public TimeSpan? Run(Action<TimerCallback, object?> run)
    {
        while (true)
        {
            Entry entry;
            lock (_lock)
            {
                if (!_due.TryPeek(out entry!, out var at)) return null;
                var now = GetTimestamp();
                if (at > now && entry.Due == at) return GetElapsedTime(now, at);
                _due.Dequeue();
                // Disposed, or set to another time
                if (entry.Due != at) continue;
                entry.Due = long.MaxValue;
            }
            run(entry.Callback, entry.State);
        }
    }

    private bool Set(Entry entry, TimeSpan dueTime)
    {
        bool isNext;
        lock (_lock)
        {
            entry.Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : GetTimestamp() + (long)(dueTime.TotalSeconds * TimestampFrequency);
            if (entry.Due == long.MaxValue) return true;
            isNext = !_due.TryPeek(out _, out var next) || entry.Due < next;
            _due.Enqueue(entry, entry.Due);
        }
        if (isNext) wake();
        return true;
    }

    private sealed class Entry(LoopTimers owner, TimerCallback callback, object? state) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        /// <summary>When it fires; <see cref="long.MaxValue"/>: not.</summary>
        public long Due { get; set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period) => owner.Set(this, dueTime);

        public void Dispose() => owner.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
