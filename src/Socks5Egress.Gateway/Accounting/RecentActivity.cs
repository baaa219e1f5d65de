using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>One second of the gateway.</summary>
/// <param name="Up">Bytes from clients to targets.</param>
/// <param name="Down">Bytes from targets to clients.</param>
/// <param name="Connects">Targets reached, counted when their session ends.</param>
/// <param name="Typical">Half of the connect times were at most this many milliseconds; NaN without any.</param>
/// <param name="Slow">95 % were; NaN without any.</param>
internal readonly record struct TrafficSample(long Up, long Down, int Connects, double Typical, double Slow);

/// <summary>Something that did not end well, for the status page. Equal ones are one, with a count: a pool that reconnects must not hide the rest.</summary>
/// <param name="Time">When it was last.</param>
/// <param name="Client">Who it was last.</param>
/// <param name="User">Whose it was, or null.</param>
/// <param name="Target">What was asked for, or null.</param>
/// <param name="End">Why it ended.</param>
/// <param name="Rule">What decided, or null.</param>
/// <param name="Hint">What it most often means, or null.</param>
/// <param name="Count">How often.</param>
/// <param name="First">When it was first.</param>
internal sealed record FailedSession(
    DateTimeOffset Time, string Client, string? User, string? Target, EndReason End, string? Rule, string? Hint, int Count, DateTimeOffset First);

/// <summary>The last ten minutes, one point a second, and the last refusals and failures. In memory, and of a fixed size.</summary>
internal sealed class RecentActivity : IDisposable
{
    public const int Seconds = 600;
    public const int MaxMishaps = 50;

    /// <summary>Connect times in steps of an eighth of a doubling, from 10 µs on: at most 9 % off, and nothing is sorted.</summary>
    private const int StepsPerDoubling = 8, Steps = 160;

    private readonly Lock _lock = new();
    private readonly TrafficSample[] _seconds = new TrafficSample[Seconds];
    private readonly LinkedList<FailedSession> _mishaps = new();
    private readonly Dictionary<(EndReason, string?, string?, string?), LinkedListNode<FailedSession>> _kinds = [];
    private readonly int[] _connects = new int[Steps];
    private readonly TimeProvider _time;
    private readonly Func<(long Up, long Down)> _total;
    private readonly BackgroundTimer _timer;
    private (long Up, long Down) _last;
    private int _count;

    /// <param name="total">Bytes since the start; asked once a second.</param>
    /// <param name="supervisor">The clock, and what it runs on.</param>
    public RecentActivity(Func<(long Up, long Down)> total, Supervisor supervisor)
    {
        _total = total;
        _time = supervisor.Time;
        _timer = supervisor.Every("history", TimeSpan.FromSeconds(1), Tick);
    }

    /// <summary>The oldest first; at most <see cref="Seconds"/>.</summary>
    public IReadOnlyList<TrafficSample> Points
    {
        get
        {
            lock (_lock)
            {
                var first = Math.Max(0, _count - Seconds);
                return [.. Enumerable.Range(first, _count - first).Select(i => _seconds[i % Seconds])];
            }
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<FailedSession> Mishaps
    {
        get
        {
            lock (_lock) return [.. _mishaps];
        }
    }

    /// <summary>Hears of a session that has ended.</summary>
    public void Add(SessionRecord record)
    {
        if (record.ConnectTime is { } took) Interlocked.Increment(ref _connects[StepOf(took.TotalMilliseconds)]);
        if (!IsMishap(record)) return;
        var fields = record.ToDictionary(field => field.Key, field => field.Value);
        var now = _time.GetUtcNow();
        var mishap = new FailedSession(now, record.Client.ToString(), record.User, record.Target?.ToString(), record.End, record.Rule,
            Hint(record, fields.GetValueOrDefault("hint") as string), 1, now);
        lock (_lock)
        {
            if (_kinds.Remove(Kind(mishap), out var before))
            {
                _mishaps.Remove(before);
                mishap = mishap with { Count = before.Value.Count + 1, First = before.Value.First };
            }
            else if (_mishaps.Last is { } oldest && _mishaps.Count == MaxMishaps)
            {
                _kinds.Remove(Kind(oldest.Value));
                _mishaps.RemoveLast();
            }

            _kinds[Kind(mishap)] = _mishaps.AddFirst(mishap);
        }
    }

    private static string? Hint(SessionRecord record, string? hint) =>
        record.End == EndReason.PolicyDenied && EndDiagnosis.Opening(record.Rule, record.Target?.ToString()) is { } opening ? $"{hint} {opening}" : hint;

    private static (EndReason, string?, string?, string?) Kind(FailedSession mishap) => (mishap.End, mishap.Target, mishap.User, mishap.Rule);

    public void Dispose() => _timer.Dispose();

    /// <summary>It was refused, or its target could not be had, or it is a bug.</summary>
    private static bool IsMishap(SessionRecord record) => EndTable.Of(record.End) is { Category: not null } or { IsFailure: true };

    private static int StepOf(double milliseconds) =>
        Math.Clamp((int)(Math.Log2(Math.Max(milliseconds, .01) / .01) * StepsPerDoubling), 0, Steps - 1);

    private static double MillisecondsOf(int step) => .01 * Math.Pow(2, (step + .5) / StepsPerDoubling);

    private void Tick()
    {
        var total = _total();
        Span<int> counts = stackalloc int[Steps];
        var all = 0;
        for (var i = 0; i < Steps; i++) all += counts[i] = Interlocked.Exchange(ref _connects[i], 0);
        var second = new TrafficSample(total.Up - _last.Up, total.Down - _last.Down, all, Share(counts, all, .5), Share(counts, all, .95));
        _last = total;
        lock (_lock) _seconds[_count++ % Seconds] = second;
    }

    private static double Share(ReadOnlySpan<int> counts, int all, double share)
    {
        if (all == 0) return double.NaN;
        var left = (int)Math.Ceiling(all * share);
        for (var i = 0; i < counts.Length; i++)
        {
            left -= counts[i];
            if (left <= 0) return MillisecondsOf(i);
        }
        return MillisecondsOf(counts.Length - 1);
    }
}
