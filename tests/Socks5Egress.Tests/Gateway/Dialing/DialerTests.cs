using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Tests.Transport;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Dialing;

public sealed class DialerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryTransport _transport = new();

    [Fact]
    public async Task The_first_address_that_answers_wins()
    {
        var leg = _transport.Accepts("2001:db8::1");
        _transport.Accepts("192.0.2.1");
        var result = await Dial("2001:db8::1", "192.0.2.1");
        Assert.Same(leg, result.Leg);
        Assert.Equal("[2001:db8::1]:443", Assert.Single(_transport.Dialled).ToString());
    }

    [Fact]
    public async Task A_refusal_goes_on_to_the_next_address_at_once()
    {
        _transport.Fails("2001:db8::1", SocketError.ConnectionRefused);
        var leg = _transport.Accepts("192.0.2.1");
        var result = await Dial("2001:db8::1", "192.0.2.1");
        Assert.Same(leg, result.Leg);
    }

    [Fact]
    public async Task A_silent_address_gets_company_after_the_stagger_and_is_closed_when_it_loses()
    {
        _transport.AnswersLater("2001:db8::1");
        var leg = _transport.Accepts("192.0.2.1");
        var dialling = Dial("2001:db8::1", "192.0.2.1").AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Single(_transport.Dialled);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Same(leg, (await dialling).Leg);
        Assert.Equal("[2001:db8::1]:443", Assert.Single(_transport.Cancelled).ToString());
    }

    [Fact]
    public async Task A_loser_that_connects_after_all_is_closed()
    {
        var slow = _transport.AnswersLater("2001:db8::1");
        var late = new MemoryLeg();
        slow.SetResult(new Connected(late, SocketError.Success));
        var first = _transport.Accepts("192.0.2.1");
        var result = await Dial("192.0.2.1", "2001:db8::1");
        Assert.Same(first, result.Leg);
        Assert.False(first.Closed);
    }

    [Fact]
    public async Task When_all_fail_the_client_hears_the_failure_nearest_to_the_target()
    {
        _transport.Fails("2001:db8::1", SocketError.NetworkUnreachable);
        _transport.Fails("192.0.2.1", SocketError.ConnectionRefused);
        _transport.Fails("192.0.2.2", SocketError.HostUnreachable);
        var result = await Dial("2001:db8::1", "192.0.2.1", "192.0.2.2");
        Assert.Equal(EndReason.TargetRefused, result.End);
        Assert.Equal(3, _transport.Dialled.Count);
    }

    [Fact]
    public async Task Cancelling_closes_every_attempt()
    {
        using var cancellation = new CancellationTokenSource();
        _transport.AnswersLater("2001:db8::1");
        _transport.AnswersLater("192.0.2.1");
        var dialling = Dial(cancellation.Token, "2001:db8::1", "192.0.2.1").AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await cancellation.CancelAsync();
        Assert.Null((await dialling).Leg);
        Assert.Equal(_transport.Dialled.Count, _transport.Cancelled.Count);
    }

    [Fact]
    public async Task Each_address_is_dialled_from_its_own_source_address()
    {
        _transport.Fails("2001:db8::1", SocketError.ConnectionRefused);
        _transport.Accepts("192.0.2.1");
        ConnectAttempt[] steps =
        [
            new(IPAddress.Parse("2001:db8::1"), IPAddress.Parse("2001:db8::77")), new(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("198.51.100.7")),
        ];
        await new Dialer(_transport, _time).DialAsync(steps, 443, null, TestContext.Current.CancellationToken);
        Assert.Equal(["2001:db8::77", "198.51.100.7"], _transport.Sources.Select(source => source!.ToString()));
    }

    private ValueTask<DialResult> Dial(params string[] addresses) => Dial(TestContext.Current.CancellationToken, addresses);

    private ValueTask<DialResult> Dial(CancellationToken cancellation, params string[] addresses) =>
        new Dialer(_transport, _time).DialAsync([.. addresses.Select(address => new ConnectAttempt(IPAddress.Parse(address), null))], 443, null, cancellation);
}
