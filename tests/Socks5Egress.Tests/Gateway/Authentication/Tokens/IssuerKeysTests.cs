using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Protocol.Jwt;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication.Tokens;

/// <summary>When an issuer's keys are fetched, and how long they hold. The clock is a fake one, and the test is the issuer.</summary>
public sealed class IssuerKeysTests : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1), Minute = TimeSpan.FromMinutes(1), FetchLimit = TimeSpan.FromSeconds(8);

    private readonly AwaitedTime _time = new();
    private readonly List<DateTimeOffset> _fetches = [];
    private readonly List<string> _faults = [];
    private readonly IssuerKeys _keys;
    private ImmutableArray<JsonWebKey> _published = [Key("first")];
    private string? _fault;
    private bool _hangs;

    public IssuerKeysTests() => _keys = new IssuerKeys("test", DownloadAsync, new Supervisor(_time), _faults.Add);

    public ValueTask DisposeAsync() => _keys.DisposeAsync();

    [Fact]
    public async Task Keys_are_fetched_at_the_start_and_again_before_they_age_without_a_login()
    {
        await FetchedAsync(1);
        Assert.True(IsKnown("first"));
        _published = [Key("second")];
        _time.Advance(IssuerKeys.Age - Tick);
        Assert.True(IsKnown("first"));
        _time.Advance(Tick);
        await FetchedAsync(2);
        Assert.Equal((false, true), (IsKnown("first"), IsKnown("second")));
        _time.Advance(IssuerKeys.Age);
        await FetchedAsync(3);
        Assert.All(_fetches.Zip(_fetches.Skip(1)), pair => Assert.Equal(IssuerKeys.Age, pair.Second - pair.First));
    }

    [Fact]
    public async Task Keys_hold_for_a_day_while_the_issuer_is_away_and_not_longer()
    {
        await FetchedAsync(1);
        var until = _time.GetUtcNow() + IssuerKeys.Hold;
        _fault = "away";
        for (var next = IssuerKeys.Age; _time.GetUtcNow() + next < until; next = Minute)
        {
            _time.Advance(next);
            await _time.TimerAsync(Minute);
            Assert.True(IsKnown("first"));
        }
        // It is asked once a minute, and what it says is told once
        const int Asked = (24 * 60) - 5;
        Assert.Equal(1 + Asked, _fetches.Count);
        Assert.Equal(["away"], _faults);
        _time.Advance(until - _time.GetUtcNow() - Tick);
        Assert.True(IsKnown("first"));
        _time.Advance(Tick);
        Assert.Equal((false, 0), (IsKnown("first"), _keys.Count));
        await _time.TimerAsync(Minute);

        _fault = null;
        _time.Advance(Minute);
        await FetchedAsync(2 + Asked + 1);
        Assert.True(IsKnown("first"));
    }

    [Fact]
    public async Task A_fetch_that_does_not_end_takes_no_known_key_away()
    {
        await FetchedAsync(1);
        _hangs = true;
        _time.Advance(IssuerKeys.Age);
        await _time.TimerAsync(FetchLimit);
        Assert.True(IsKnown("first"));
        _time.Advance(FetchLimit);
        await _time.TimerAsync(Minute);
        Assert.Contains("8 s", Assert.Single(_faults), StringComparison.Ordinal);
        Assert.True(IsKnown("first"));
        (_hangs, _published) = (false, [Key("second")]);
        _time.Advance(Minute);
        await FetchedAsync(3);
        Assert.True(IsKnown("second"));
    }

    [Fact]
    public async Task A_login_with_a_new_key_waits_for_the_fetch_that_it_asks_for()
    {
        await FetchedAsync(1);
        _published = [Key("first"), Key("second")];
        var login = FindAsync("second");
        await _time.TimerAsync(IssuerKeys.Pause);
        Assert.True(IsKnown("first"));
        _time.Advance(IssuerKeys.Pause - Tick);
        Assert.False(login.IsCompleted);
        _time.Advance(Tick);
        Assert.NotNull((await login).Key);
        await FetchedAsync(2);
        Assert.Equal(IssuerKeys.Pause, _fetches[1] - _fetches[0]);

        // Where the last fetch is 10 s ago, the next is made at once
        _time.Advance(IssuerKeys.Pause);
        _published = [Key("third")];
        Assert.NotNull((await FindAsync("third")).Key);
        await FetchedAsync(3);
    }

    [Fact]
    public async Task Ten_thousand_unknown_keys_are_one_fetch_in_10_s_and_each_is_answered()
    {
        await FetchedAsync(1);
        for (var round = 0; round < 10; round++)
        {
            var logins = new List<Task<(SignatureKey? Key, bool IsBusy)>>();
            for (var second = 0; second < 10; second++)
            {
                for (var source = 0; source < 100; source++) logins.Add(FindAsync($"none-{round}-{second}-{source}", source));
                if (second == 0) await _time.TimerAsync(IssuerKeys.Pause);
                _time.Advance(TimeSpan.FromSeconds(1));
            }
            foreach (var login in logins) Assert.Equal((null, false), await login);
            await FetchedAsync(round + 2);
        }
        Assert.All(_fetches.Zip(_fetches.Skip(1)), pair => Assert.Equal(IssuerKeys.Pause, pair.Second - pair.First));
    }

    [Fact]
    public async Task Of_a_source_that_names_unknown_keys_some_still_wait_so_that_a_neighbor_with_a_new_key_comes_in()
    {
        await FetchedAsync(1);
        _time.Advance(IssuerKeys.Pause);
        Assert.Null((await FindAsync("none")).Key);
        await FetchedAsync(2);
        _published = [Key("second")];
        var neighbor = FindAsync("second");
        var unknown = Enumerable.Range(0, 1000).Select(i => FindAsync($"none-{i}")).ToList();
        // The others are answered at once
        Assert.Equal(IssuerKeys.MaxWaitingOfSuspect - 1, unknown.Count(login => !login.IsCompleted));
        // Another source is not concerned
        var other = FindAsync("second", source: 7);
        await _time.TimerAsync(IssuerKeys.Pause);
        _time.Advance(IssuerKeys.Pause);
        Assert.NotNull((await neighbor).Key);
        Assert.NotNull((await other).Key);
        foreach (var login in unknown) Assert.Null((await login).Key);
        // Those that waited have given their places back
        await FetchedAsync(3);
        var again = Enumerable.Range(0, IssuerKeys.MaxWaitingOfSuspect + 1).Select(i => FindAsync($"more-{i}")).ToList();
        Assert.Equal(IssuerKeys.MaxWaitingOfSuspect, again.Count(login => !login.IsCompleted));
    }

    [Fact]
    public async Task A_login_gives_up_when_the_issuer_does_not_answer()
    {
        await FetchedAsync(1);
        _hangs = true;
        var login = FindAsync("second");
        await _time.TimerAsync(IssuerKeys.Pause);
        _time.Advance(IssuerKeys.Pause);
        await _time.TimerAsync(FetchLimit);
        Assert.False(login.IsCompleted);
        _time.Advance(IssuerKeys.Patience - IssuerKeys.Pause);
        Assert.Equal((null, false), await login);
    }

    [Fact]
    public async Task Logins_that_wait_are_answered_when_the_issuer_is_taken_out_of_the_configuration()
    {
        await FetchedAsync(1);
        var login = FindAsync("second");
        await _time.TimerAsync(IssuerKeys.Pause);
        await _keys.DisposeAsync();
        Assert.Null((await login).Key);
    }

    private static JsonWebKey Key(string id)
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = curve.ExportParameters(false).Q;
        return new JsonWebKey(id, JwtAlgorithm.ES256, [.. point.X!], [.. point.Y!]);
    }

    private bool IsKnown(string id) => _keys.Find(id, JwtAlgorithm.ES256) is not null;

    private Task<(SignatureKey? Key, bool IsBusy)> FindAsync(string id, int source = 0) =>
        _keys.FindAsync(id, JwtAlgorithm.ES256, new IPAddress([192, 0, 2, (byte)source]), TestContext.Current.CancellationToken).AsTask();

    /// <summary>So many fetches are over, and the next is due when the keys age.</summary>
    private async Task FetchedAsync(int count)
    {
        await _time.TimerAsync(FetchLimit);
        await _time.TimerAsync(IssuerKeys.Age);
        Assert.Equal(count, _fetches.Count);
    }

    private async Task<(ImmutableArray<JsonWebKey> Keys, string? Fault)> DownloadAsync(CancellationToken cancellation)
    {
        _fetches.Add(_time.GetUtcNow());
        if (_hangs) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        return (_published, _fault);
    }

    /// <summary>A fake clock that tells when somebody waits on it: before that, time that passes would not be seen.</summary>
    private sealed class AwaitedTime : FakeTimeProvider
    {
        private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _timers = new();

        /// <summary>A timer with this time was made; each is told of once.</summary>
        public async Task TimerAsync(TimeSpan due) =>
            Assert.True(await Made(due).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), $"No timer of {due}");

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Made(dueTime).Release();
            return timer;
        }

        private SemaphoreSlim Made(TimeSpan due) => _timers.GetOrAdd(due, static _ => new SemaphoreSlim(0));
    }
}
