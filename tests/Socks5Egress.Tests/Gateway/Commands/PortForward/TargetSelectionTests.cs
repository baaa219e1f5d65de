using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Tests.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Commands.PortForward;

/// <summary>One session's way through three targets, a, b and c, in that order.</summary>
public sealed class TargetSelectionTests
{
    private static readonly ClientIdentity Who = new(IPEndPoint.Parse("203.0.113.5:51000"), IPEndPoint.Parse("198.51.100.7:5432"), EndReason.None);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _tried = [];
    private readonly MemoryLeg _client = new();
    private readonly MemoryLeg _target = new();
    private readonly CancellationTokenSource _stop = new();

    [Fact]
    public async Task The_next_target_is_tried_when_a_connect_fails_and_the_place_moves_along()
    {
        var pool = Pool();
        using (var turn = new TargetSelection(pool))
        {
            var dialled = await ReachAsync(turn, (host, _) => new(host == "c" ? new DialResult(_target, EndReason.None) : Failed(EndReason.TargetRefused)));
            Assert.Same(_target, dialled.Leg);
            Assert.Equal(["a", "b", "c"], _tried);
            Assert.Equal([0, 0, 1], pool.Snapshot().Select(target => target.Connections));
            Assert.Equal("c:3", turn.Target.ToString());
        }
        Assert.Equal([0, 0, 0], pool.Snapshot().Select(target => target.Connections));
    }

    [Fact]
    public async Task Each_target_is_tried_once_and_the_last_failure_is_the_session_s()
    {
        using var turn = new TargetSelection(Pool());
        var dialled = await ReachAsync(turn, (host, _) => new(Failed(host == "c" ? EndReason.PolicyDenied : EndReason.TargetRefused)));
        Assert.Equal(EndReason.PolicyDenied, dialled.End);
        Assert.Equal(["a", "b", "c"], _tried);
    }

    [Fact]
    public async Task A_target_that_swallows_connects_has_its_part_of_the_deadline_and_no_more()
    {
        var pool = Pool();
        using var turn = new TargetSelection(pool);
        var reaching = ReachAsync(turn, async (host, token) =>
        {
            if (host == "c") return new DialResult(_target, EndReason.None);
            var cut = new TaskCompletionSource();
            await using (token.Register(cut.SetResult)) await cut.Task;
            // As the dialer says it: a cancelled attempt, or a look-up that was left
            return host == "a" ? Failed(EndReason.InternalError) : throw new OperationCanceledException(token);
        });
        Assert.Equal(["a"], _tried);
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(["a"], _tried);
        _time.Advance(TimeSpan.FromSeconds(0.1)); // a third of 9 s
        Assert.Equal(["a", "b"], _tried);
        _time.Advance(TimeSpan.FromSeconds(3)); // half of the 6 s that are left
        Assert.Same(_target, (await reaching).Leg);
        Assert.Equal(["connect-timeout", "connect-timeout", null], pool.Snapshot().Select(target => target.Failure));
    }

    [Fact]
    public async Task When_the_session_ends_no_other_target_is_tried()
    {
        using var turn = new TargetSelection(Pool());
        await ReachAsync(turn, (_, _) =>
        {
            _stop.Cancel();
            return new(Failed(EndReason.InternalError));
        });
        Assert.Equal(["a"], _tried);
    }

    [Fact]
    public async Task Want_of_descriptors_is_ours_and_no_fault_of_a_target()
    {
        var pool = Pool();
        using var turn = new TargetSelection(pool);
        Assert.Equal(EndReason.OutOfDescriptors, (await ReachAsync(turn, (_, _) => new(Failed(EndReason.OutOfDescriptors)))).End);
        Assert.Equal(["a"], _tried);
        Assert.Null(pool.Snapshot()[0].Failure);
    }

    [Theory]
    [InlineData("Version1", "50524F585920544350342032")] // PROXY TCP4 2
    [InlineData("Version2", "0D0A0D0A000D0A515549540A2111000CCB007105C6336407C7381538")]
    public async Task The_header_that_the_target_asks_for_names_the_client(string version, string begin)
    {
        using var turn = new TargetSelection(Pool(Enum.Parse<SentHeader>(version)));
        await ReachAsync(turn, (_, _) => new(new DialResult(_target, EndReason.None)));
        var sent = (await _target.Peer.Input.ReadAsync(Token)).Buffer.ToArray();
        Assert.StartsWith(begin, Convert.ToHexString(sent), StringComparison.Ordinal);
        if (version == "Version1") Assert.Equal("PROXY TCP4 203.0.113.5 198.51.100.7 51000 5432\r\n", Encoding.ASCII.GetString(sent));
    }

    [Fact]
    public async Task Both_sides_get_the_forward_s_keepalive()
    {
        using var turn = new TargetSelection(Pool());
        await ReachAsync(turn, (_, _) => new(new DialResult(_target, EndReason.None)));
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30)), (_client.KeepAliveIdle, _target.KeepAliveIdle));
    }

    [Fact]
    public void Each_target_has_its_own_rule()
    {
        var forward = new StaticForward(1, new IPEndPoint(IPAddress.Loopback, 1), Pool(), Rules());
        Assert.Equal("forward:b:2", forward.RuleOf(Destination.Of("b", 2))?.Name);
        Assert.Null(forward.RuleOf(Destination.Of("b", 3)));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DialResult Failed(EndReason reason) => new(null, reason);

    private static System.Collections.Immutable.ImmutableArray<Rule> Rules() =>
        [.. new[] { "a:1", "b:2", "c:3" }.Select(text => Rule.TryParse(text, out var rule, out _) ? rule : throw new InvalidOperationException(text))];

    private static TargetPool Pool(SentHeader send = SentHeader.Off) => new(new ForwardOptions
    {
        Targets = [Destination.Of("a", 1), Destination.Of("b", 2), Destination.Of("c", 3)],
        Order = TargetOrder.Ordered,
        Check = TargetCheckKind.Tcp,
        SendProxy = send,
        KeepAlive = TimeSpan.FromSeconds(30),
    }, static (_, _, _) => { });

    private Task<DialResult> ReachAsync(TargetSelection turn, Func<string, CancellationToken, ValueTask<DialResult>> answer) => turn.ReachAsync((destination, token) =>
    {
        _tried.Add(destination.Name!);
        return answer(destination.Name!, token);
    }, _client, Who, TimeSpan.FromSeconds(9), _time, _stop.Token).AsTask();
}
