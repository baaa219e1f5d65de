using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Protocol.Jwt;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>Gets the keys that an issuer publishes. Never throws but when it is cancelled.</summary>
/// <returns>The keys, or what went wrong.</returns>
internal delegate Task<(ImmutableArray<JsonWebKey> Keys, string? Fault)> KeyDownload(CancellationToken cancellation);

/// <summary>
/// The keys of one issuer. They are fetched in the background before they age; a token with another key asks for a fetch, of which there is at most one
/// in 10 s, and waits for it. While the issuer is away, the known keys hold for a day. A fetched set replaces the one before, whole.
/// </summary>
internal sealed class IssuerKeys : IAsyncDisposable
{
    /// <summary>The pause between two fetches.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>How old keys are when they are fetched again.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromMinutes(5);

    /// <summary>How long keys hold while the issuer is away.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromHours(24);

    /// <summary>Logins that may wait for a fetch.</summary>
    public const int MaxWaiting = 16 * 1024;

    /// <summary>Logins that may wait for a fetch of one source that has named a key in the last minute that is not published.</summary>
    public const int MaxWaitingOfSuspect = 64;

    /// <summary>How long a login waits for the next fetch.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private readonly KeyDownload? _download;
    private readonly Supervisor _supervisor;
    private readonly Action<string> _failed;
    private readonly LoginThrottle _unknown;
    private readonly BackgroundLoop? _loop;
    private readonly Lock _lock = new();
    private readonly ConcurrencyCounter<ClientPrefix> _suspects = new();
    private volatile State _state = State.None;
    private TaskCompletionSource _asked = NewSignal();
    private TaskCompletionSource _next = NewSignal();
    private TaskCompletionSource? _running;
    private long _lastFetch;
    private volatile bool _hasFetched;
    private int _waiting;

    /// <summary>Keys that a file has; they are what they are until a reload reads the file again.</summary>
    public IssuerKeys(ImmutableArray<JsonWebKey> keys)
    {
        (_supervisor, _failed, _unknown) = (Supervisor.OfProcess, static _ => { }, new LoginThrottle(TimeProvider.System));
        _state = State.Of(keys, 0);
    }

    /// <param name="name">As logs and readiness have it.</param>
    /// <param name="download">Gets the keys.</param>
    /// <param name="supervisor">Runs the fetches.</param>
    /// <param name="failed">Told why a fetch failed, once for each reason in a row.</param>
    public IssuerKeys(string name, KeyDownload download, Supervisor supervisor, Action<string> failed)
    {
        (_download, _supervisor, _failed, _unknown) = (download, supervisor, failed, new LoginThrottle(supervisor.Time));
        _loop = supervisor.Loop("keys of " + name, RunAsync);
    }

    private TimeProvider Time => _supervisor.Time;

    /// <summary>The keys that hold now.</summary>
    public int Count => Holds(_state) ? _state.Keys.Count : 0;

    /// <summary>Whether a key that verified a token before is still one of the issuer's.</summary>
    public bool Has(SignatureKey key) => Find(key.Published.KeyId, key.Published.Algorithm) is { } now && (ReferenceEquals(now, key) || now.Published.IsSame(key.Published));

    /// <summary>A key by its name and what it is for; null: it is not known.</summary>
    public SignatureKey? Find(string id, JwtAlgorithm algorithm)
    {
        var state = _state;
        return Holds(state) && state.Keys.TryGetValue((id, algorithm), out var key) ? key : null;
    }

    /// <summary>As <see cref="Find"/>, and a key that is not known is fetched.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="algorithm">What it is for.</param>
    /// <param name="client">Who asks. Of a source that has just named a key that is not published, few wait for more than the fetch that is under way.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The key, or null; and whether it was not looked for, since too many wait.</returns>
    public async ValueTask<(SignatureKey? Key, bool IsBusy)> FindAsync(string id, JwtAlgorithm algorithm, IPAddress client, CancellationToken cancellation)
    {
        if (Find(id, algorithm) is { } known) return (known, false);
        if (_download is null) return default;
        var source = ClientPrefix.Of(client);
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return (null, true);
        }
        var isSuspect = false;
        using var patience = new CancellationTokenSource(Patience, Time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            if (Running() is { } running)
            {
                await running.WaitAsync(over.Token);
                if (Find(id, algorithm) is { } fetched) return (fetched, false);
            }
            if (_hasFetched && IsRecent() && _unknown.RecentlyWrong(source) > 0 && !(isSuspect = _suspects.TryEnter(source, MaxWaitingOfSuspect))) return default;
            await Ask().WaitAsync(over.Token);
            if (Find(id, algorithm) is { } found) return (found, false);
            _unknown.CountWrong(source);
            return default;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return default;
        }
        finally
        {
            if (isSuspect) _suspects.Leave(source);
            Interlocked.Decrement(ref _waiting);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_loop is not null) await _loop.DisposeAsync();
        lock (_lock)
        {
            _next.TrySetResult();
            _running?.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool Holds(State state) => _download is null || (state.FetchedAt != 0 && Time.GetElapsedTime(state.FetchedAt) < Hold);

    private bool IsRecent() => Time.GetElapsedTime(Volatile.Read(ref _lastFetch)) < Pause;

    private Task? Running()
    {
        lock (_lock) return _running?.Task;
    }

    /// <summary>The end of the next fetch that begins.</summary>
    private Task Ask()
    {
        lock (_lock)
        {
            _asked.TrySetResult();
            return _next.Task;
        }
    }

    private async Task WaitUntilAskedAsync(TimeSpan limit, CancellationToken stop)
    {
        Task asked;
        lock (_lock) asked = _asked.Task;
        await asked.WaitAsync(limit, Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        string? last = null;
        var wait = TimeSpan.Zero;
        while (true)
        {
            await WaitUntilAskedAsync(wait, stop);
            if (_hasFetched && Pause - Time.GetElapsedTime(_lastFetch) is var rest && rest > TimeSpan.Zero) await Task.Delay(rest, Time, stop);
            lock (_lock)
            {
                // Whoever asks from here on wants what is published later
                (_running, _next, _asked) = (_next, NewSignal(), NewSignal());
            }
            try
            {
                var fault = await FetchAsync(stop);
                if (fault is not null && fault != last) _failed(fault);
                last = fault;
                wait = fault is null ? Age : TimeSpan.FromMinutes(1);
            }
            finally
            {
                lock (_lock)
                {
                    // From the end of one fetch to the beginning of the next, so that the issuer sees the pause however slow one is
                    Volatile.Write(ref _lastFetch, Time.GetTimestamp());
                    _hasFetched = true;
                    _running.TrySetResult();
                    _running = null;
                }
            }
        }
    }

    private async Task<string?> FetchAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var timer = new CancellationTokenSource(Limit, Time);
        using var over = timer.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
        try
        {
            var (keys, fault) = await _download!(limit.Token);
            if (fault is null) _state = State.Of(keys, Time.GetTimestamp(), _state);
            return fault;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"it did not answer within {Limit.TotalSeconds:0} s";
        }
    }

    private sealed record State(IReadOnlyDictionary<(string Id, JwtAlgorithm Algorithm), SignatureKey> Keys, long FetchedAt)
    {
        public static readonly State None = new(ImmutableDictionary<(string, JwtAlgorithm), SignatureKey>.Empty, 0);

        // A key that stays is the same object: what it verified is not verified again
        public static State Of(ImmutableArray<JsonWebKey> keys, long fetchedAt, State? last = null) => new(
            keys.Select(key => last?.Keys.GetValueOrDefault((key.KeyId, key.Algorithm)) is { } before && before.Published.IsSame(key) ? before : SignatureKey.TryCreate(key))
                .OfType<SignatureKey>().ToDictionary(key => (key.Published.KeyId, key.Published.Algorithm)), fetchedAt);
    }
}
