using System.Net.Sockets;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>
/// Looks the names of live sessions up again and again, where the rules say so, and makes those sessions due whose address has left the answers. One loop for
/// all names, with so many look-ups at a time; a name without sessions is forgotten.
/// </summary>
internal sealed class FollowedNames : IAsyncDisposable
{
    /// <summary>Look-ups at a time: those of clients must not wait behind them.</summary>
    private const int MostAtOnce = 32;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500), Patience = TimeSpan.FromSeconds(15);

    private readonly Dictionary<LookupKey, Name> _names = [];
    private readonly RetiringSessions _sessions;
    private readonly Resolver _resolver;
    private readonly Supervisor _supervisor;
    private readonly BackgroundLoop _loop;
    private int _asking;

    /// <param name="sessions">The live sessions.</param>
    /// <param name="resolver">Looks names up.</param>
    /// <param name="supervisor">Runs the loop.</param>
    public FollowedNames(RetiringSessions sessions, Resolver resolver, Supervisor supervisor)
    {
        (_sessions, _resolver, _supervisor) = (sessions, resolver, supervisor);
        _loop = supervisor.Loop("follow names", RunAsync);
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Tick, _supervisor.Time, stop);
            Look(stop);
        }
    }

    private void Look(CancellationToken stop)
    {
        var live = new Dictionary<LookupKey, List<RetiringSession>>();
        foreach (var session in _sessions.Following)
        {
            if (session.FollowedName is not { } key) continue;
            if (!live.TryGetValue(key, out var those)) live[key] = those = [];
            those.Add(session);
        }
        foreach (var key in _names.Keys.Where(key => !live.ContainsKey(key)).ToList()) _names.Remove(key);
        foreach (var key in live.Keys) _names.TryAdd(key, new Name());
        var now = _supervisor.Time.GetTimestamp();
        var due = _names.Where(name => name.Value.IsDue(now)).OrderBy(name => name.Value.Next).Take(Math.Max(0, MostAtOnce - Volatile.Read(ref _asking)));
        foreach (var (key, name) in due.ToList())
        {
            name.IsAsked = true;
            Interlocked.Increment(ref _asking);
            // Only those that were there before the question can miss their address in the answer
            _supervisor.Run("follow a name", () => AskAsync(key, name, live[key], stop));
        }
    }

    private async Task AskAsync(LookupKey key, Name name, List<RetiringSession> sessions, CancellationToken stop)
    {
        try
        {
            var family = key.Family == AddressFamily.InterNetwork ? Families.IPv4 : Families.IPv6;
            using var patience = new CancellationTokenSource(Patience, _supervisor.Timers);
            await using var stopping = stop.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), patience);
            var answer = await _resolver.ResolveAsync(
                new LookupRequest(key.Name, LookupClient.Gateway) { Families = family, Preferred = key.Family, IsFresh = true }, patience.Token);
            foreach (var session in sessions) session.Answered(key, answer);
            name.Pause = AnswerCount.Pause(answer, name.Pause);
        }
        finally
        {
            var frequency = _supervisor.Time.TimestampFrequency;
            name.Next = _supervisor.Time.GetTimestamp() + (long)(Math.Max(1, name.Pause.TotalSeconds) * frequency);
            name.IsAsked = false;
            Interlocked.Decrement(ref _asking);
        }
    }

    /// <summary>One name of one family, and when it is asked again.</summary>
    private sealed class Name
    {
        private volatile bool _isAsked;
        private long _next;

        public bool IsAsked
        {
            set => _isAsked = value;
        }

        public long Next
        {
            get => Volatile.Read(ref _next);
            set => Volatile.Write(ref _next, value);
        }

        public TimeSpan Pause { get; set; }

        public bool IsDue(long now) => !_isAsked && now >= Next;
    }
}
