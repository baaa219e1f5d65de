using System.Collections.Concurrent;
using System.Net;
using Socks5Egress.Protocol;

namespace Socks5Egress.Dialing;

/// <summary>One answer about a name.</summary>
/// <param name="Addresses">Canonical addresses; none when <paramref name="End"/> says why.</param>
/// <param name="Lifetime">How long it may be used again.</param>
/// <param name="End"><see cref="EndReason.None"/>, <see cref="EndReason.NameNotResolved"/> or <see cref="EndReason.ResolverFailed"/>.</param>
internal readonly record struct Answer(IReadOnlyList<IPAddress> Addresses, TimeSpan Lifetime, EndReason End);

/// <summary>Asks about one name: the system, or the server that <c>--resolver</c> names. Never throws.</summary>
internal delegate Task<Answer> LookUp(string name);

/// <summary>
/// From names to addresses: <c>/etc/hosts</c> and <c>localhost</c> first, always; then a cache of 4,096 names; then the look-up, one at a
/// time for a name however many ask.
/// </summary>
internal sealed class Resolver(LookUp lookUp, HostsFile hosts, TimeProvider time)
{
    private const int MaxEntries = 4096;

    // RFC 6761 section 6.3: these names are this machine's, whatever a server says
    private static readonly Answer Loopback = new([IPAddress.IPv6Loopback, IPAddress.Loopback], TimeSpan.MaxValue, EndReason.None);

    private readonly ConcurrentDictionary<string, Entry> _cache = new(StringComparer.Ordinal);

    /// <summary>How many names the cache holds.</summary>
    public int Cached => _cache.Count;

    /// <summary>Resolves a name.</summary>
    /// <param name="name">A judged name: lower case, no trailing dot.</param>
    /// <param name="cancellation">Ends the waiting (<see cref="OperationCanceledException"/>); the look-up goes on for others.</param>
    public ValueTask<Answer> ResolveAsync(string name, CancellationToken cancellation)
    {
        var listed = hosts.Find(name);
        if (name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal)) return new(Loopback);
        if (listed.Count > 0) return new(new Answer(listed, TimeSpan.Zero, EndReason.None));

        if (_cache.TryGetValue(name, out var entry) && entry.IsFresh(time)) return entry.ReadAsync(cancellation);
        if (_cache.Count >= MaxEntries) Shrink();
        var asked = new Entry(name, lookUp, time);
        // Two that ask at once for a stale name: the later one replaces, and both look-ups answer
        _cache[name] = asked;
        return asked.ReadAsync(cancellation);
    }

    /// <summary>Drops what is stale; when all is fresh, drops all: a flood of names must not grow memory, and a cache is only a cache.</summary>
    private void Shrink()
    {
        foreach (var (name, entry) in _cache)
        {
            if (!entry.IsFresh(time)) _cache.TryRemove(new KeyValuePair<string, Entry>(name, entry));
        }
        if (_cache.Count >= MaxEntries) _cache.Clear();
    }

    private sealed class Entry
    {
        private readonly Task<Answer> _answer;
        private long _answered;

        public Entry(string name, LookUp lookUp, TimeProvider time) => _answer = AskAsync(name, lookUp, time);

        public bool IsFresh(TimeProvider time) =>
            !_answer.IsCompleted || time.GetElapsedTime(_answered) < _answer.Result.Lifetime;

        public ValueTask<Answer> ReadAsync(CancellationToken cancellation) =>
            _answer.IsCompletedSuccessfully ? new(_answer.Result) : new(_answer.WaitAsync(cancellation));

        private async Task<Answer> AskAsync(string name, LookUp lookUp, TimeProvider time)
        {
            var answer = await lookUp(name);
            _answered = time.GetTimestamp();
            return answer with { Addresses = [.. answer.Addresses.Select(AddressLiteral.Canonical)] };
        }
    }
}
