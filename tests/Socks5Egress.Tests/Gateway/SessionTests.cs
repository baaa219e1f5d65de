using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Supervision;
using Socks5Egress.Tests.Transport;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway;

/// <summary>The spine over memory legs: every way a session can end, without a socket and without waiting.</summary>
public sealed partial class SessionTests : IDisposable
{
    private static readonly byte[] Greeting = [5, 1, 0];
    private static readonly byte[] Connect = [5, 1, 0, 1, 203, 0, 114, 1, 1, 187];

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly MemoryTransport _transport = new();
    private readonly MemoryLeg _client = new();
    private readonly SessionTable _sessions;
    private readonly SessionServices _stages;
    private readonly Session _session;
    private readonly Task _running;

    public SessionTests()
    {
        _sessions = new SessionTable(most: 1, TimeSpan.FromMilliseconds(250), new Supervisor(_time));
        var record = new SessionRecord(1, "127.0.0.1:1080", _client.RemoteEndPoint, _time);
        _session = new Session(_stages = MemoryStages.Of(_transport, _time), _sessions, new CommandTable(), 0, record, _client);
        _sessions.Add(_session, mostPending: 2);
        _running = _session.RunAsync();
    }

    public void Dispose() => _sessions.Dispose();

    [Fact]
    public async Task A_session_connects_relays_and_is_accounted_for()
    {
        var target = _transport.Accepts("203.0.114.1");
        await SendAsync(Greeting, Connect, "payload behind the request"u8.ToArray());
        Assert.Equal("0500" + "05000001C000024DC350", await ReadAsync(12));
        Assert.Equal("payload behind the request", await TextAsync(target.Peer.Input, 26));
        await target.Peer.Output.WriteAsync("answer"u8.ToArray(), Token);
        Assert.Equal("answer", await TextAsync(_client.Peer.Input, 6));
        await _client.Peer.Output.CompleteAsync();
        await target.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.ClientFin);
        Assert.Equal((26L, 6L), (_session.Record.Traffic.BytesUp, _session.Record.Traffic.BytesDown));
        Assert.Equal("203.0.114.1:443", _session.Record.Dialled!.ToString());
        Assert.Equal("192.0.2.77:50000", _session.Record.Source!.ToString());
    }

    [Fact]
    public async Task A_refused_target_is_answered_with_05()
    {
        _transport.Fails("203.0.114.1", SocketError.ConnectionRefused);
        await SendAsync(Greeting, Connect);
        Assert.Equal("050005050001000000000000", await ReadAsync(12));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.TargetRefused);
    }

    [Fact]
    public async Task A_private_target_is_answered_with_02_and_never_dialled()
    {
        await SendAsync(Greeting, [5, 1, 0, 1, 10, 0, 0, 1, 1, 187]);
        Assert.Equal("050005020001000000000000", await ReadAsync(12));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.PolicyDenied);
        Assert.Empty(_transport.Dialled);
        Assert.Equal("default:private", _session.Record.Rule);
    }

    [Fact]
    public async Task A_client_that_goes_on_talking_after_a_refusal_is_left_after_two_seconds()
    {
        await SendAsync(Greeting, [5, 1, 0, 1, 10, 0, 0, 1, 1, 187]);
        await ReadAsync(12);
        Assert.False(_running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        await EndsAsync(EndReason.PolicyDenied);
    }

    [Fact]
    public async Task The_handshake_deadline_is_absolute()
    {
        for (var second = 0; second < 10; second++)
        {
            Assert.False(_running.IsCompleted);
            await SendAsync(second == 0 ? [5, 200] : [0]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        await EndsAsync(EndReason.HandshakeTimeout);
    }

    [Fact]
    public async Task The_connect_deadline_is_answered_with_04()
    {
        _transport.AnswersLater("203.0.114.1");
        await SendAsync(Greeting, Connect);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("050005040001000000000000", await ReadAsync(12));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.ConnectTimeout);
        Assert.Single(_transport.Cancelled);
    }

    [Fact]
    public async Task Who_waits_for_a_peer_is_told_after_a_minute_that_nobody_came()
    {
        await SendAsync(Greeting, [5, 2, 0, 1, 203, 0, 114, 1, 0, 21]);
        Assert.Equal("0500" + "05000001C000024DC351", await ReadAsync(12));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Single(_transport.Listening);
        Assert.False(_running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("05040001000000000000", await ReadAsync(10));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.PeerTimeout);
        Assert.Empty(_transport.Listening);
    }

    [Fact]
    public async Task The_port_of_a_client_that_leaves_is_closed_at_once()
    {
        await SendAsync(Greeting, [5, 2, 0, 1, 203, 0, 114, 1, 0, 21]);
        await ReadAsync(12);
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.ClientGone);
        Assert.Empty(_transport.Listening);
    }

    [Fact]
    public async Task A_client_that_resets_while_its_target_is_dialled_cancels_the_dial()
    {
        _transport.AnswersLater("203.0.114.1");
        await SendAsync(Greeting, Connect);
        await ReadAsync(2);
        _client.Reset();
        await EndsAsync(EndReason.ClientReset);
        Assert.Single(_transport.Cancelled);
    }

    [Fact]
    public async Task A_client_that_half_closes_behind_its_request_is_served()
    {
        var later = _transport.AnswersLater("203.0.114.1");
        await SendAsync(Greeting, Connect);
        await _client.Peer.Output.CompleteAsync();
        await ReadAsync(2);
        var target = new MemoryLeg(local: "192.0.2.77:50000", remote: "203.0.114.1:443");
        later.SetResult(new Connected(target, SocketError.Success));
        await ReadAsync(10);
        await target.Peer.Output.WriteAsync("late answer"u8.ToArray(), Token);
        Assert.Equal("late answer", await TextAsync(_client.Peer.Input, 11));
        await target.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.ClientFin);
    }

    [Fact]
    public async Task A_reset_of_the_target_resets_the_client()
    {
        var target = _transport.Accepts("203.0.114.1");
        await SendAsync(Greeting, Connect);
        await ReadAsync(12);
        target.Reset();
        await EndsAsync(EndReason.TargetReset);
        Assert.True(_client.Aborted);
    }

    [Theory]
    [InlineData("", "ClientSilent")]
    [InlineData("05", "ClientGone")]
    [InlineData("0501", "ClientGone")]
    [InlineData("16030100", "UnknownProtocol")]
    public async Task A_client_that_closes_early_or_speaks_something_else_is_let_go(string bytes, string reason)
    {
        await SendAsync(Convert.FromHexString(bytes));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(Enum.Parse<EndReason>(reason));
        Assert.False((await _client.Peer.Input.ReadAsync(Token)).Buffer.Length > 0);
    }

    [Theory]
    [InlineData("0503000000", "07")]
    [InlineData("05F0000303", "07")]
    [InlineData("05010005", "08")]
    public async Task What_is_not_supported_has_its_own_reply(string request, string code)
    {
        await SendAsync(Greeting, Convert.FromHexString(request.PadRight(20, '0')));
        Assert.Equal("0500" + "05" + code, await ReadAsync(4));
    }

    [Fact]
    public async Task No_more_sessions_than_the_limit_are_admitted()
    {
        Assert.Equal(EndReason.None, _sessions.Admittance.Enter(new SessionLimits(1), null, 0, IPAddress.Loopback, out _));
        _transport.Accepts("203.0.114.1");
        await SendAsync(Greeting, Connect);
        Assert.Equal("050005010001000000000000", await ReadAsync(12));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.LimitSessions);
        Assert.Equal(1, _sessions.Admitted);
    }

    [Fact]
    public async Task A_dial_that_becomes_forbidden_is_answered_with_02()
    {
        _transport.AnswersLater("203.0.114.1");
        await SendAsync(Greeting, Connect);
        await ReadAsync(2);
        Assert.Equal(1, _stages.Rules.Change(Deny));
        Assert.Equal("05020001000000000000", await ReadAsync(10));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.NowForbidden);
        Assert.Single(_transport.Cancelled);
        Assert.Equal(((Decision?)Decision.Refused, "deny:203.0.114.1"), (_session.Record.Verdict, _session.Record.Rule));
        Assert.Equal(0, _stages.Rules.Leases);
    }

    [Fact]
    public async Task A_peer_that_becomes_forbidden_is_not_awaited_any_more()
    {
        await SendAsync(Greeting, [5, 2, 0, 1, 203, 0, 114, 1, 0, 21]);
        await ReadAsync(12);
        Assert.Equal(1, _stages.Rules.Change(Deny));
        Assert.Equal("05020001000000000000", await ReadAsync(10));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.NowForbidden);
        Assert.Empty(_transport.Listening);
    }

    [Fact]
    public async Task A_handshake_sees_the_rules_of_its_moment()
    {
        await SendAsync(Greeting);
        Assert.Equal("0500", await ReadAsync(2));
        _stages.Rules.Change(Deny);
        await SendAsync(Connect);
        Assert.Equal("05020001000000000000", await ReadAsync(10));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.PolicyDenied);
    }

    [Fact]
    public async Task A_handshake_on_a_listener_that_is_gone_is_closed()
    {
        await SendAsync(Greeting);
        Assert.Equal("0500", await ReadAsync(2));
        _stages.Rules.Change(rules => rules with { Listeners = [null] });
        await EndsAsync(EndReason.NowForbidden);
        Assert.Equal("listener:none", _session.Record.Rule);
    }

    private static ConfigSnapshot Deny(ConfigSnapshot rules) => rules with
    {
        Policies = new PolicySet(new EgressPolicy([], [Rule.TryParse("203.0.114.1", out var rule, out _) ? rule : throw new InvalidOperationException()],
            PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None)),
    };

    [Fact]
    public async Task Ending_a_relaying_session_resets_both_sides()
    {
        var target = _transport.Accepts("203.0.114.1");
        await SendAsync(Greeting, Connect);
        await ReadAsync(12);
        _session.End(EndReason.DrainTimeout);
        _session.End(EndReason.Stopped);
        await EndsAsync(EndReason.DrainTimeout);
        Assert.True(_client.Aborted && target.Aborted);
    }
}
