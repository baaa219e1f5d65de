using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>RFC 9112 sections 6 and 7, by what a raw origin received: no request reaches it with another meaning than the client's.</summary>
public sealed class FramingTests(Gateways gateways)
{
    private static readonly string[] Transports = [.. TransportKind.All.Select(row => row.Data)];

    /// <summary>A head behind its request line and Host, and the body: each is refused with 400, the connection closes, the origin hears nothing.</summary>
    public static TheoryData<string, string> Refused => Each(
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "Content-Length: +5\r\n\r\nhello",
        "Content-Length: -5\r\n\r\nhello",
        "Content-Length: 5 5\r\n\r\nhello",
        "Content-Length: 5,5\r\n\r\nhello",
        "Content-Length: 0x5\r\n\r\nhello",
        "Content-Length: 5.0\r\n\r\nhello",
        "Content-Length: \r\n\r\nhello",
        "Content-Length: five\r\n\r\nhello",
        "Content-Length: 99999999999999999999\r\n\r\nhello",
        "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "Content-Length : 5\r\n\r\nhello",
        "Content-Length\t: 5\r\n\r\nhello",
        "Transfer-Encoding: gzip\r\n\r\nhello",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: identity\r\n\r\nhello",
        "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "X: a\0b\r\n\r\n",
        "X: a\rb\r\n\r\n",
        "X: a\r\n b\r\n\r\n",
        "X Y: a\r\n\r\n",
        ": a\r\n\r\n",
        "no colon\r\n\r\n");

    /// <summary>Bodies in chunks that break off or break the grammar: the client gets 400, the origin nothing that looks whole.</summary>
    public static TheoryData<string, string> BrokenChunks => Each(
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5;a=\nb\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\r\nhel",
        "5\r\nhello\r\n");

    [Theory, MemberData(nameof(Refused))]
    public async Task A_head_that_two_readers_may_read_differently_is_refused(string transport, string rest)
    {
        await using var origin = Origin.Start();
        var gateway = await gateways.SharedAsync(transport);
        var (text, ending) = await Origin.AskAsync(gateway,
            $"POST http://{origin.Authority}/a HTTP/1.1\r\nHost: {origin.Authority}\r\n{rest}GET http://{origin.Authority}/smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", text, StringComparison.Ordinal);
        Assert.Equal(0, text.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal));
        Assert.Equal(Ending.Fin, ending);
        Assert.Equal("", origin.Received);
    }

    [Theory, MemberData(nameof(BrokenChunks))]
    public async Task A_body_in_broken_chunks_never_reaches_an_origin_whole(string transport, string body)
    {
        await using var origin = Origin.Start();
        var gateway = await gateways.SharedAsync(transport);
        var (text, _) = await Origin.AskAsync(gateway,
            $"POST http://{origin.Authority}/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        Assert.DoesNotContain("200 OK", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n0\r\n\r\n", origin.Received, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Fields_of_one_connection_stay_behind_and_the_target_stays_as_sent(string transport)
    {
        await using var origin = Origin.Start("HTTP/1.1 200 OK\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok");
        var gateway = await gateways.SharedAsync(transport);
        var (text, _) = await Origin.AskAsync(gateway,
            $"GET http://{origin.Authority}/a/../%7e%2F?b=|{{c}} HTTP/1.1\r\nHost: other.example\r\nConnection: keep-alive, X-Named\r\nX-Named: 1\r\n"
            + "Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: h2c\r\nProxy-Authorization: Basic eDp5\r\nUpgrade-Insecure-Requests: 1\r\nX-Kept: \u00e9\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nok", text, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Hop", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\r\nVia: 1.1 socks5egress-", text, StringComparison.Ordinal);
        var head = origin.Received;
        Assert.StartsWith("GET /a/../%7e%2F?b=|{c} HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: {origin.Authority}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Kept: \u00e9\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nUpgrade-Insecure-Requests: 1\r\n", head, StringComparison.Ordinal);
        foreach (var gone in new[] { "X-Named", "Keep-Alive", "Proxy-", "\r\nTE:", "\r\nUpgrade:", "\r\nConnection:", "other.example" })
            Assert.DoesNotContain(gone, head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Bodies_reach_the_origin_as_they_were(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        foreach (var (framing, body, end) in new[]
        {
            ("Content-Length: 5", "hello", "hello"),
            ("Transfer-Encoding: chunked", "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: 1\r\nContent-Length: 9\r\n\r\n", "\r\n0\r\nX-Trailer: 1\r\n\r\n"),
            ("Content-Length: 0", "", "\r\n\r\n"),
        })
        {
            await using var origin = Origin.Start();
            var (text, _) = await Origin.AskAsync(gateway, $"POST http://{origin.Authority}/ HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n{body}");
            Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
            Assert.Contains(framing, origin.Received, StringComparison.OrdinalIgnoreCase);
            Assert.EndsWith(end, origin.Received, StringComparison.Ordinal);
            Assert.DoesNotContain("x=y", origin.Received, StringComparison.Ordinal);
        }
    }

    private static TheoryData<string, string> Each(params string[] cases)
    {
        var data = new TheoryData<string, string>();
        // The framing does not depend on the transport: one of them is enough
        foreach (var text in cases) data.Add(Transports[0], text);
        return data;
    }
}
