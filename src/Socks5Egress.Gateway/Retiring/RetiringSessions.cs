using System.Collections.Concurrent;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>
/// The sessions that have their target, and the one sweep that lets those end which are due. All of them are looked at once in <see cref="BetweenLooks"/> and after a
/// change of the rules; four times a second only those are judged that are due or will be before the next look, so that thousands that are not cost next to nothing.
/// </summary>
internal sealed class RetiringSessions : IDisposable
{
    private const string Name = "retiring";
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250), BetweenLooks = TimeSpan.FromSeconds(4);
    private static readonly int Causes = Enum.GetValues<RetireCause>().Length;

    private readonly ConcurrentDictionary<RetiringSession, byte> _all = new();
    private readonly ConcurrentDictionary<RetiringSession, byte> _following = new();
    private readonly ConcurrentQueue<RetiringSession> _woken = new();
    private readonly HashSet<RetiringSession> _near = [];
    private readonly Dictionary<RetirePoolKey, RetirePool> _pools = [];
    private readonly Lock _lock = new();
    private readonly CurrentSnapshot _rules;
    private readonly Supervisor _supervisor;
    private readonly BackgroundTimer _timer;
    private readonly long _tick;
    private ConfigSnapshot? _lookedBy;
    private long _last, _round, _nextLook;
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

    /// <summary>Those whose names are looked up again.</summary>
    public IEnumerable<RetiringSession> Following => _following.Select(static pair => pair.Key);

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
        var rules = _rules.Now;
        session.Judge(rules, Time.GetTimestamp());
        _all.TryAdd(session, 0);
        // A look that has begun by now may not come past it
        if (session.IsDueBefore(Volatile.Read(ref _nextLook)) || !ReferenceEquals(rules, _rules.Now)) Wake(session);
        return session;
    }

    /// <summary>It may be due before all are looked at again.</summary>
    public void Wake(RetiringSession session) => _woken.Enqueue(session);

    /// <summary>Whether the name of one is looked up again from now on.</summary>
    public void Follow(RetiringSession session, bool isFollowed)
    {
        if (isFollowed) _following.TryAdd(session, 0);
        // It may have left in the meantime
        if (!isFollowed || session.HasLeft) _following.TryRemove(session, out _);
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
        _following.TryRemove(session, out _);
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
        if (now >= _nextLook || !ReferenceEquals(rules, _lookedBy)) Look(rules, now);
        while (_woken.TryDequeue(out var woken)) _near.Add(woken);
        _near.RemoveWhere(static session => session.HasLeft);
        foreach (var session in _near)
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

    /// <summary>Looks at all of them for those that are due before the next look.</summary>
    private void Look(ConfigSnapshot rules, long now)
    {
        _lookedBy = rules;
        // First: one that enters from now on sees it
        Volatile.Write(ref _nextLook, now + (long)(BetweenLooks.TotalSeconds * Time.TimestampFrequency));
        _near.Clear();
        foreach (var (session, _) in _all)
        {
            try
            {
                if (session.Judge(rules, now) != RetireCause.None || session.IsDueBefore(_nextLook)) _near.Add(session);
            }
            catch (Exception exception)
            {
                _supervisor.Report(Name, exception);
            }
        }
    }

    private void End(RetiringSession session, in RetireSettings settings, RetireCause cause, long now)
    {
        var (pool, reason, quiet) = (session.Pool!, RetireRules.Reason(cause), session.Quiet(settings));
        pool.SawDue(_round);
        if (settings.Timeout > TimeSpan.Zero && session.DueFor(now) >= settings.Timeout) session.TryEnd(reason, null);
        else if (session.IsQuiet(quiet, now) && session.MayTry(now) && pool.TryTake(now) && !session.TryEnd(reason, quiet)) pool.GiveBack();
    }
}
