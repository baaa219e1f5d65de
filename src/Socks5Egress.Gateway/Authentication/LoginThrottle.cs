using System.Runtime.InteropServices;
using Socks5Egress.Gateway.Limits;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// Slows guessing: of one source, wrong logins above 10 in a minute are answered 1 s late. It never refuses anybody and
/// never delays a right login, because behind a load balancer all clients are one source. An IPv6 source is its /64, which is
/// what one machine can choose from.
/// </summary>
internal sealed class LoginThrottle(TimeProvider clock)
{
    /// <summary>Wrong logins in <see cref="Window"/> that are answered at once.</summary>
    public const int Free = 10;

    /// <summary>Sources that are remembered, of less than 200 bytes each.</summary>
    public const int MaxSources = 4096;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How long the answer to one too many waits.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<ClientPrefix, Attempts> _sources = [];

    /// <summary>Counts a wrong login.</summary>
    /// <returns>How long to wait before answering: nothing, or <see cref="Delay"/>.</returns>
    public TimeSpan CountWrong(ClientPrefix source)
    {
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            if (_sources.Count >= MaxSources && !_sources.ContainsKey(source))
            {
                Forget(now);
                // So many sources at once is an attack in itself: the newcomer gets the delay and no memory
                if (_sources.Count >= MaxSources) return Delay;
            }
            ref var attempts = ref CollectionsMarshal.GetValueRefOrAddDefault(_sources, source, out _);
            attempts ??= new Attempts();
            var tooMany = attempts.Count == Free && clock.GetElapsedTime(attempts.Oldest, now) < Window;
            attempts.Add(now);
            return tooMany ? Delay : TimeSpan.Zero;
        }
    }

    /// <summary>How long a source waits for an answer that is neither right nor wrong: <see cref="Delay"/> when it was wrong in the last minute.</summary>
    public TimeSpan Of(ClientPrefix source) => RecentlyWrong(source) > 0 ? Delay : TimeSpan.Zero;

    /// <summary>How many wrong logins of the last minute are known of a source, up to <see cref="Free"/>.</summary>
    public int RecentlyWrong(ClientPrefix source)
    {
        var now = clock.GetTimestamp();
        lock (_lock) return _sources.TryGetValue(source, out var attempts) ? attempts.Since(time => clock.GetElapsedTime(time, now) < Window) : 0;
    }

    private void Forget(long now)
    {
        foreach (var (key, attempts) in _sources)
            if (clock.GetElapsedTime(attempts.Newest, now) >= Window) _sources.Remove(key);
    }

    /// <summary>The times of the last <see cref="Free"/> attempts, in a ring.</summary>
    private sealed class Attempts
    {
        private readonly long[] _times = new long[Free];
        private int _next;

        public int Count { get; private set; }

        /// <summary>The time of the attempt <see cref="Free"/> ago; meaningful when there are so many.</summary>
        public long Oldest => _times[_next];

        public long Newest => _times[(_next + Free - 1) % Free];

        /// <summary>How many of them are still young.</summary>
        public int Since(Func<long, bool> isYoung) => _times.Take(Count).Count(isYoung);

        public void Add(long time)
        {
            _times[_next] = time;
            _next = (_next + 1) % Free;
            Count = Math.Min(Count + 1, Free);
        }
    }
}
