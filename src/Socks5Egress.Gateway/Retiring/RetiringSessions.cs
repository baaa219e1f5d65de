using System.Collections.Concurrent;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>
/// The sessions that have their target, and the one sweep that lets those end which are due. It reads a few fields of each session four times a second:
/// that costs some 20 ns a session, and nothing is allocated for those that are not due.
/// </summary>
internal sealed class RetiringSessions : IDisposable
{
    private const string Name = "retiring";
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly int Causes = Enum.GetValues<RetireCause>().Length;

    private readonly ConcurrentDictionary<RetiringSession, byte> _all = new();
    private readonly Dictionary<RetirePoolKey, RetirePool> _pools = [];
    private readonly Lock _lock = new();
    private readonly CurrentSnapshot _rules;
    private readonly Supervisor _supervisor;
    private readonly BackgroundTimer _timer;
    private readonly long _tick;
    private long _last, _round;
    private volatile int[] _due = new int[Causes];

    /// <param name="rules">What a reload swaps.</param>
    /// <param name="supervisor">The clock, and what the sweep runs on.</param>
    public RetiringSessions(CurrentSnapshot rules, Supervisor supervisor)
    {
        (_rules, _supervisor) = (rules, supervisor);
        _tick = supervisor.Time.TimestampFrequency / 4;
        _timer = supervisor.Every(Name, Tick, Sweep);
    }

    public TimeProvider Time => _supervisor.Time;

    /// <summary>All of them, at about this moment.</summary>
    public IEnumerable<RetiringSession> All => _all.Select(static pair => pair.Key);

    /// <summary>How many are due by a cause.</summary>
    public int Due(RetireCause cause) => _due[(int)cause];

    /// <summary>A session has its target.</summary>
    public T Enter<T>(T session)
        where T : RetiringSession
    {
        var key = new RetirePoolKey(session.Grant.User, session.Asked);
        lock (_lock)
        {
            if (!_pools.TryGetValue(key, out var pool)) _pools[key] = pool = new RetirePool(key, _tick, Time.TimestampFrequency);
            pool.Count++;
            session.Pool = pool;
            session.Number = ++_last;
        }
        // Its pace holds from the first byte
        session.Judge(_rules.Now, Time.GetTimestamp());
        _all.TryAdd(session, 0);
        return session;
    }

    /// <summary>An operator asks for the end of those that fit: only those that there are now.</summary>
    public IReadOnlyList<RetiringSession> Ask(RetireRequest request)
    {
        RetiringSession[] asked = [.. All.Where(request.Fits)];
        Random.Shared.Shuffle(asked);
        var began = Time.GetTimestamp();
        var span = request.Over.TotalSeconds * Time.TimestampFrequency;
        for (var i = 0; i < asked.Length; i++) asked[i].Ask(began + (long)(span * i / asked.Length), request.Now);
        return asked;
    }

    /// <summary>The same, with what came of it within a moment: those that are quiet and whose turn it is have ended by then.</summary>
    public async Task<RetireResult> AskAsync(RetireRequest request)
    {
        var asked = Ask(request);
        var result = Result(asked);
        for (var looks = 0; looks < 10 && result.Ended < result.Due && (request.Now || result.Ended + result.Busy < result.Due); looks++)
        {
            await Task.Delay(Tick / 2, _supervisor.Time);
            result = Result(asked);
        }
        return result;
    }

    private RetireResult Result(IReadOnlyList<RetiringSession> asked)
    {
        var (now, settings) = (Time.GetTimestamp(), _rules.Now.Retiring);
        return new RetireResult(
            asked.Count, asked.Count(session => session.HasLeft), asked.Count(session => !session.HasLeft && !session.IsQuiet(session.Quiet(settings), now)));
    }

    public void Dispose() => _timer.Dispose();

    internal void Leave(RetiringSession session)
    {
        _all.TryRemove(session, out _);
        lock (_lock)
        {
            if (session.Pool is { } pool && --pool.Count == 0) _pools.Remove(pool.Key);
        }
    }

    private void Sweep()
    {
        var (now, rules) = (Time.GetTimestamp(), _rules.Now);
        var due = new int[Causes];
        _round++;
        foreach (var (session, _) in _all)
        {
            try
            {
                var cause = session.Judge(rules, now);
                if (cause == RetireCause.None) continue;
                due[(int)cause]++;
                End(session, rules.Retiring, cause, now);
            }
            catch (Exception exception)
            {
                // One session's fault must not keep the others from being judged
                _supervisor.Report(Name, exception);
            }
        }
        _due = due;
    }

    private void End(RetiringSession session, in RetireSettings settings, RetireCause cause, long now)
    {
        var (pool, reason, quiet) = (session.Pool!, RetireRules.Reason(cause), session.Quiet(settings));
        pool.SawDue(_round);
        if (settings.Timeout > TimeSpan.Zero && session.DueFor(now) >= settings.Timeout) session.TryEnd(reason, null);
        else if (session.IsQuiet(quiet, now) && session.MayTry(now) && pool.TryTake(now) && !session.TryEnd(reason, quiet)) pool.GiveBack();
    }
}
