using System.Net.Sockets;
using Socks5Egress.Gateway;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway;

// A client that does not wait for answers: method E0.
public sealed partial class SessionTests
{
    private static readonly byte[] PipelinedGreeting = [5, 1, 0xE0];

    [Fact]
    public async Task Answers_to_a_client_that_pipelines_wait_for_the_reply()
    {
        var connecting = _transport.AnswersLater("203.0.114.1");
        await SendAsync([.. PipelinedGreeting, .. Connect]);
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(_client.Peer.Input.TryRead(out _));
        connecting.SetResult(new Connected(_transport.Accepts("203.0.114.1"), SocketError.Success));
        Assert.Equal("05E0" + "05000001C000024DC350", await ReadAsync(12));
    }

    [Fact]
    public async Task Answers_go_ahead_when_the_dial_takes_long()
    {
        var connecting = _transport.AnswersLater("203.0.114.1");
        await SendAsync([.. PipelinedGreeting, .. Connect]);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal("05E0", await ReadAsync(2));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.False(_client.Peer.Input.TryRead(out _));
        connecting.SetResult(new Connected(_transport.Accepts("203.0.114.1"), SocketError.Success));
        Assert.Equal("05000001C000024DC350", await ReadAsync(10));
    }

    [Fact]
    public async Task A_dial_whose_client_has_its_answers_still_has_its_deadline()
    {
        _transport.AnswersLater("203.0.114.1");
        await SendAsync([.. PipelinedGreeting, .. Connect]);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("05E0" + "05040001000000000000", await ReadAsync(12));
        await _client.Peer.Output.CompleteAsync();
        await EndsAsync(EndReason.ConnectTimeout);
    }
}
