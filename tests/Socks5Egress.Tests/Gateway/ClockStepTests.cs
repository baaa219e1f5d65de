using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Hosting;
using Socks5Egress.Supervision;
using Socks5Egress.Tests.Gateway.Resolving;
using Socks5Egress.Tests.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway;

/// <summary>The wall clock jumps by hours, as when a machine is woken or its time is set: nothing is cut, nothing is stuck.</summary>
public sealed class ClockStepTests : IDisposable
{
    private readonly SteppedTime _time = new();
    private readonly MemoryTransport _transport = new();
    private readonly MemoryLeg _client = new();
    private readonly SessionTable _sessions;

    public ClockStepTests() => _sessions = new SessionTable(most: 1, TimeSpan.FromMilliseconds(250), new Supervisor(_time));

    public static TheoryData<int> Steps => [5, -5];

    public void Dispose() => _sessions.Dispose();

    [Theory, MemberData(nameof(Steps))]
    public void The_clock_of_these_tests_steps_and_its_timestamps_do_not(int hours)
    {
        var (wall, stamp) = (_time.GetUtcNow(), _time.GetTimestamp());
        _time.Step = TimeSpan.FromHours(hours);
        Assert.Equal(wall + TimeSpan.FromHours(hours), _time.GetUtcNow());
        Assert.Equal(stamp, _time.GetTimestamp());
    }

    [Theory, MemberData(nameof(Steps))]
    public async Task The_handshake_deadline_stands(int hours)
    {
        var (session, running) = Begin();
        await SendAsync([5]);
        await StepsAsync(hours, TimeSpan.FromSeconds(10), running);
        Assert.Equal(EndReason.HandshakeTimeout, session.Record.End);
        Assert.Equal(TimeSpan.FromSeconds(10), session.Record.Duration);
    }

    [Theory, MemberData(nameof(Steps))]
    public async Task The_connect_deadline_stands(int hours)
    {
        _transport.AnswersLater("203.0.114.1");
        var (session, running) = Begin();
        await SendAsync([5, 1, 0], [5, 1, 0, 1, 203, 0, 114, 1, 1, 187]);
        await _client.Peer.Output.CompleteAsync();
        await StepsAsync(hours, TimeSpan.FromSeconds(10), running);
        Assert.Equal(EndReason.ConnectTimeout, session.Record.End);
    }

    [Theory, MemberData(nameof(Steps))]
    public async Task The_idle_deadline_stands(int hours)
    {
        _transport.Accepts("203.0.114.1");
        var (session, running) = Begin();
        await SendAsync([5, 1, 0], [5, 1, 0, 1, 203, 0, 114, 1, 1, 187]);
        var read = await _client.Peer.Input.ReadAtLeastAsync(12, Token);
        _client.Peer.Input.AdvanceTo(read.Buffer.End);
        await StepsAsync(hours, TimeSpan.FromMinutes(1), running);
        Assert.Equal(EndReason.IdleTimeout, session.Record.End);
    }

    [Theory, MemberData(nameof(Steps))]
    public void A_guesser_waits_for_a_minute_and_no_longer(int hours)
    {
        var throttle = new LoginThrottle(_time);
        var source = ClientPrefix.Of(IPAddress.Parse("192.0.2.1"));
        for (var i = 0; i < LoginThrottle.Free; i++) Assert.Equal(TimeSpan.Zero, throttle.CountWrong(source));
        _time.Step = TimeSpan.FromHours(hours);
        Assert.Equal(LoginThrottle.Delay, throttle.CountWrong(source));
        _time.Advance(LoginThrottle.Window);
        _time.Step = -_time.Step;
        Assert.Equal(TimeSpan.Zero, throttle.CountWrong(source));
    }

    [Theory, MemberData(nameof(Steps))]
    public async Task An_answer_of_the_resolver_lives_as_long_as_it_says(int hours)
    {
        var asked = 0;
        using var resolver = ScriptedLookups.Resolver(
            new ScriptedLookups { Answers = _ => new ResolveResult([IPAddress.Parse("192.0.2." + ++asked)], TimeSpan.FromSeconds(10), EndReason.None) }, _time);
        Assert.Equal("192.0.2.1", await AskAsync());
        _time.Step = TimeSpan.FromHours(hours);
        Assert.Equal("192.0.2.1", await AskAsync());
        _time.Advance(TimeSpan.FromSeconds(9.9));
        _time.Step = -_time.Step;
        Assert.Equal("192.0.2.1", await AskAsync());
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("192.0.2.2", await AskAsync());

        async Task<string> AskAsync() =>
            (await resolver.ResolveAsync(ScriptedLookups.Request("db.example.com", Families.IPv4), Token)).Addresses[0].ToString();
    }

    [Theory, MemberData(nameof(Steps))]
    public async Task A_changed_file_is_seen_whatever_its_date_says(int hours)
    {
        var folder = Directory.CreateTempSubdirectory("socks5egress-");
        try
        {
            var file = Path.Combine(folder.FullName, "gateway.json");
            Write("{}");
            var source = new ConfigurationSource(Load(), Load);
            var rulebooks = new SnapshotFactory(LocalEndpoints.None, 100, _time) { Entrances = ListenerPolicies.Of(source.First) };
            var rules = new CurrentSnapshot(rulebooks.Of(source.First, null));
            var first = rules.Now;
            var logger = new WaitingLogger();
            await using var reload = new Reload(source, new WatchedFiles(source.Start), new Certificates(), rulebooks, rules, logger, new Supervisor(_time));
            reload.Start();
            _time.Step = TimeSpan.FromHours(hours);
            Write("""{ "Policy": { "Default": "none" } }""");
            await logger.ReloadedAsync(_time);
            Assert.NotSame(first, rules.Now);

            // Back again, so that the file is older than the one before
            _time.Step = -_time.Step;
            Write("{}");
            await logger.ReloadedAsync(_time);

            void Write(string text)
            {
                File.WriteAllText(file, text);
                File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
            }

            LoadedConfiguration Load() => ConfigurationLoader.Load(new ConfigurationLayer(), file, new Dictionary<string, string>(), onTerminal: false);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private (Session Session, Task Running) Begin()
    {
        var stages = MemoryStages.Of(_transport, _time) with { RelayClock = new IdleTimeouts(TimeSpan.FromMinutes(1), TimeSpan.Zero) };
        var session = new Session(stages, _sessions, new CommandTable(), 0, new SessionRecord(1, "127.0.0.1:1080", _client.RemoteEndPoint, _time), _client);
        _sessions.Add(session, mostPending: 2);
        return (session, session.RunAsync());
    }

    private async Task SendAsync(params byte[][] pieces)
    {
        foreach (var piece in pieces) await _client.Peer.Output.WriteAsync(piece, Token);
    }

    /// <summary>There, back and there again while a deadline comes: it ends at the deadline, and not a second before.</summary>
    private async Task StepsAsync(int hours, TimeSpan deadline, Task running)
    {
        var second = TimeSpan.FromSeconds(1);
        for (var gone = TimeSpan.Zero; gone < deadline - second; gone += second)
        {
            _time.Step = TimeSpan.FromHours(gone.Seconds % 2 == 0 ? hours : -hours);
            _time.Advance(second);
            Assert.False(running.IsCompleted);
        }
        _time.Step = TimeSpan.Zero;
        _time.Advance(second);
        await running.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    /// <summary>Timestamps and timers go on by <see cref="Advance"/> alone, as the machine's monotonic clock does.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero));

        /// <summary>How far the wall clock is from where it would be.</summary>
        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => _time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + Step;

        public override long GetTimestamp() => _time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _time.CreateTimer(callback, state, dueTime, period);

        public void Advance(TimeSpan by) => _time.Advance(by);
    }

    /// <summary>Lets the time go on until a reload is logged.</summary>
    private sealed class WaitingLogger : ILogger
    {
        private readonly SemaphoreSlim _reloaded = new(0);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name == "gateway.reloaded") _reloaded.Release();
        }

        public async Task ReloadedAsync(SteppedTime time)
        {
            for (var looks = 0; !await _reloaded.WaitAsync(TimeSpan.FromMilliseconds(10), Token); looks++)
            {
                Assert.True(looks < 3000, "No reload");
                time.Advance(TimeSpan.FromSeconds(1));
            }
        }
    }
}
