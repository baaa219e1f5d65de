using System.Buffers;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Supervision;
using Socks5Egress.Tests.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway;

/// <summary>Wrong logins of one client are answered late whichever protocol they come by; the client is the one that a PROXY header names.</summary>
public sealed class ThrottledLoginTests : IDisposable
{
    private const string Guesser = "203.0.113.5", Neighbour = "203.0.113.6";

    private readonly DelayCounting _time = new();
    private readonly SessionTable _sessions;
    private readonly SessionServices _stages;
    private readonly UserAuthenticator _users;

    public ThrottledLoginTests()
    {
        _sessions = new SessionTable(most: 100, TimeSpan.FromMilliseconds(250), new Supervisor(_time));
        _users = new UserAuthenticator(
            UserList.Of(new Dictionary<string, StoredPassword> { ["app"] = StoredPassword.OfToken("right"u8) }), PasswordHashes.Pbkdf2, 1, _time);
        _stages = MemoryStages.Of(
            new MemoryTransport(), _time, _users, new ListenerPolicy(ServedProtocols.All, _users, []) { RequiresProxyHeader = true });
    }

    public void Dispose() => _sessions.Dispose();

    [Theory]
    [InlineData("socks5")]
    [InlineData("connect")]
    [InlineData("absolute")]
    public async Task The_eleventh_wrong_login_of_a_minute_waits_for_this_client_alone(string protocol)
    {
        for (var i = 0; i < LoginThrottle.Free; i++) await AnswerAsync(await BeginAsync(protocol, Guesser), protocol);
        Assert.Equal(0, _time.Delays);
        var late = AnswerAsync(await BeginAsync(protocol, Guesser), protocol);
        await _time.DelayedAsync();
        Assert.False(late.IsCompleted);

        // Both come from the same proxy
        await AnswerAsync(await BeginAsync(protocol, Neighbour), protocol);
        Assert.Equal(1, _time.Delays);
        _time.Advance(LoginThrottle.Delay);
        await late;
    }

    [Fact]
    public async Task Later_requests_of_one_connection_count_too_and_other_protocols_know_of_them()
    {
        var leg = await BeginAsync("absolute", Guesser);
        for (var i = 1; i < LoginThrottle.Free; i++)
        {
            await AnswerAsync(leg, "absolute");
            await leg.Peer.Output.WriteAsync(Login("absolute"), Token);
        }
        await AnswerAsync(leg, "absolute");
        Assert.Equal(0, _time.Delays);
        await leg.Peer.Output.WriteAsync(Login("absolute"), Token);
        var late = AnswerAsync(leg, "absolute");
        await _time.DelayedAsync();
        _time.Advance(LoginThrottle.Delay);
        await late;

        var other = AnswerAsync(await BeginAsync("socks5", Guesser), "socks5");
        await _time.DelayedAsync();
        _time.Advance(LoginThrottle.Delay);
        await other;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A connection of the proxy that brings one wrong login.</summary>
    private async Task<MemoryLeg> BeginAsync(string protocol, string client)
    {
        var leg = new MemoryLeg();
        var record = new SessionRecord(1, "127.0.0.1:1080", leg.RemoteEndPoint, _time);
        var session = new Session(_stages, _sessions, new CommandTable(), 0, record, leg);
        _sessions.Add(session, mostPending: 100);
        _ = session.RunAsync();
        leg.Peer.Output.Write(Encoding.ASCII.GetBytes($"PROXY TCP4 {client} 198.51.100.7 51000 1080\r\n"));
        leg.Peer.Output.Write(Login(protocol));
        await leg.Peer.Output.FlushAsync(Token);
        return leg;
    }

    private static byte[] Login(string protocol) => protocol switch
    {
        "socks5" => [5, 1, 2, 1, 3, .. "app"u8, 5, .. "wrong"u8],
        "connect" => Encoding.ASCII.GetBytes("CONNECT 203.0.114.1:443 HTTP/1.1\r\nHost: 203.0.114.1:443\r\nProxy-Authorization: Basic YXBwOndyb25n\r\n\r\n"),
        _ => Encoding.ASCII.GetBytes("GET http://203.0.114.1/ HTTP/1.1\r\nHost: 203.0.114.1\r\nProxy-Authorization: Basic YXBwOndyb25n\r\n\r\n"),
    };

    private static async Task AnswerAsync(MemoryLeg leg, string protocol)
    {
        byte[] refusal = protocol == "socks5" ? [5, 2, 1, 1] : [.. "HTTP/1.1 407 "u8];
        var read = await leg.Peer.Input.ReadAtLeastAsync(refusal.Length, Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(refusal, read.Buffer.Slice(0, refusal.Length).ToArray());
        leg.Peer.Input.AdvanceTo(read.Buffer.End);
    }

    /// <summary>A clock that knows of waits as long as a throttled answer's.</summary>
    private sealed class DelayCounting : FakeTimeProvider
    {
        private readonly SemaphoreSlim _delayed = new(0);
        private int _delays;

        public int Delays => Volatile.Read(ref _delays);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime != LoginThrottle.Delay) return timer;
            Interlocked.Increment(ref _delays);
            _delayed.Release();
            return timer;
        }

        /// <summary>Waits for one more of them to begin.</summary>
        public async Task DelayedAsync() => Assert.True(await _delayed.WaitAsync(TimeSpan.FromSeconds(30), Token), "No answer waits");
    }
}
