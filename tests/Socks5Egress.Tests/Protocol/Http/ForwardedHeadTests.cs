using System.Text;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

/// <summary>What leaves is written anew: RFC 9110 section 7.6, RFC 9112 section 3.2.</summary>
public sealed class ForwardedHeadTests
{
    [Theory]
    [InlineData("GET http://a.example/b?c HTTP/1.1\r\nHost: other\r\nX:1\r\nX:  2 \r\nEmpty:\r\n\r\n",
        "GET /b?c HTTP/1.1\r\nHost: a.example\r\nX: 1\r\nX: 2\r\nEmpty: \r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("GET http://a?b HTTP/1.0\r\n\r\n", "GET /?b HTTP/1.1\r\nHost: a\r\nVia: 1.0 us\r\n\r\n")]
    [InlineData("OPTIONS http://a:8080 HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a:8080\r\nMax-Forwards: 2\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nContent-Length: 007\r\nHost: a\r\nTrailer: X\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:CHUNKED\r\nTrailer: X\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: x, Y\r\nX: 1\r\ny: 2\r\nZ: 3\r\nConnection: z\r\nKeep-Alive: 1\r\nProxy-Connection: a\r\nTE: trailers\r\n"
        + "Proxy-Authorization: b\r\nUpgrade: c\r\nHTTP2-Settings: d\r\nExpect: 100-continue\r\nVia: 1.0 other\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 other\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade, TE\r\nTE: trailers\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nTE: trailers\r\nConnection: Upgrade, TE\r\nVia: 1.1 us\r\n\r\n")]
    public void A_request_is_written_anew(string client, string origin)
    {
        var head = Encoding.Latin1.GetBytes(client);
        var request = RequestHead.Read(Segments.Whole(head)).Value;
        Assert.True(AbsoluteForm.TryParse(Encoding.ASCII.GetString(head[request.Target]), out var target));
        var room = new byte[ForwardedRequest.Room(request, target)];
        var length = ForwardedRequest.Write(room, head, request, target, "us"u8);
        Assert.Equal(origin, Encoding.Latin1.GetString(room, 0, length));
    }

    [Theory]
    [InlineData("1.1 us", true)]
    [InlineData("1.0 a, 1.1\tUS (comment)", true)]
    [InlineData("1.1 us2", false)]
    [InlineData("us", false)]
    public void Via_tells_a_request_that_has_been_here(string via, bool here)
    {
        var head = Encoding.ASCII.GetBytes($"GET http://a/ HTTP/1.1\r\nHost: a\r\nVia: 1.1 other\r\nVia: {via}\r\n\r\n");
        Assert.Equal(here, ForwardedRequest.HasVia(head, RequestHead.Read(Segments.Whole(head)).Value, "us"u8));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 a\u0001b\r\nEmpty:\r\nConnection: X, close\r\nX: 1\r\nContent-Length : 2\r\nTrailer: Y\r\nProxy-Authenticate: z\r\n\r\n", false, false,
        "HTTP/1.1 200 a b\r\nEmpty: \r\nContent-Length: 2\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("HTTP/1.0 304\r\nContent-Length: 2\r\n\r\n", false, true, "HTTP/1.1 304 \r\nContent-Length: 2\r\nConnection: close\r\nVia: 1.0 us\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", false, false, "HTTP/1.1 204 No\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", true, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Y\r\n\r\n", false, false, "HTTP/1.1 200 OK\r\nTrailer: Y\r\nTransfer-Encoding: chunked\r\nVia: 1.1 us\r\n\r\n")]
    [InlineData("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade, x\r\nX: 1\r\n\r\n", false, false,
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nVia: 1.1 us\r\n\r\n")]
    public void An_answer_is_written_anew(string origin, bool toHead, bool closes, string client)
    {
        var head = Encoding.Latin1.GetBytes(origin);
        var answer = ResponseHead.Read(Segments.Whole(head)).Value;
        var room = new byte[ForwardedResponse.Room(answer)];
        var length = ForwardedResponse.Write(room, head, answer, answer.BodyOf(toHead), closes, "us"u8);
        Assert.Equal(client, Encoding.Latin1.GetString(room, 0, length));
    }

    [Fact]
    public void Trailers_that_frame_route_or_authenticate_stay_behind()
    {
        var lines = Segments.Single("X: 1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: X\r\nHost: a\r\nAuthorization: b\r\nY:2\r\n"u8.ToArray());
        var room = new byte[ForwardedTrailers.Room(lines)];
        Assert.Equal("0\r\nX: 1\r\nY: 2\r\n\r\n", Encoding.ASCII.GetString(room, 0, ForwardedTrailers.Write(room, lines)));
    }

    [Theory]
    [InlineData(407, "", false, true, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"socks5egress\", charset=\"UTF-8\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    [InlineData(400, "Why.", false, false, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Length: 5\r\n\r\nWhy.\n")]
    [InlineData(400, "Why.", true, false, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Length: 5\r\n\r\n")]
    public void A_refusal_says_what_to_change(int status, string sentence, bool toHead, bool closes, string answer)
    {
        var room = new byte[RefusedRequest.Room(sentence)];
        Assert.Equal(answer, Encoding.ASCII.GetString(room, 0, RefusedRequest.Write(room, status, sentence, toHead, closes)));
    }
}
