using System.Buffers;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

/// <summary>RFC 9112 sections 2 to 6, by the reader of request heads.</summary>
public sealed class RequestHeadTests
{
    private const string Line = "POST http://h/ HTTP/1.1\r\n";

    [Theory]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://h/ 11 None 0")]
    [InlineData("\r\n\r\nGET http://h/ HTTP/1.1\r\nHost:\r\n\r\n", "GET http://h/ 11 None 0")]
    [InlineData("get * HTTP/1.0\r\n\r\n", "get * 10 None 0 closes")]
    [InlineData("POST http://h/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0005\r\n\r\n", "POST http://h/ 11 Length 5")]
    [InlineData("POST http://h/ HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775807\r\n\r\n", "POST http://h/ 11 Length 9223372036854775807")]
    [InlineData("POST http://h/ HTTP/1.1\r\nHost: h\r\nTRANSFER-encoding: \tChunked \r\n\r\n", "POST http://h/ 11 Chunked 0")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nConnection: a, ,CLOSE\r\n\r\n", "GET http://h/ 11 None 0 closes")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "GET http://h/ 11 None 0 upgrade")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n", "GET http://h/ 11 None 0")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "GET http://h/ 11 None 0")]
    [InlineData("GET http://h/ HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "GET http://h/ 10 None 0 closes")]
    [InlineData("POST http://h/ HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", "POST http://h/ 11 Length 1 continue")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n", "GET http://h/ 11 None 0")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nExpect: 100-continue, x\r\n\r\n", "GET http://h/ 11 None 0 unknown")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nTE: gzip, trailers\r\nConnection: te\r\n\r\n", "GET http://h/ 11 None 0 trailers")]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\nTE: trailers\r\n\r\n", "GET http://h/ 11 None 0")]
    public void A_head_is_read(string head, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(head);
        ReaderContract.Reads<RequestHead>(RequestHead.Read, bytes, request => Assert.Equal(text, Text(request, bytes)));
    }

    [Theory]
    [InlineData("GET  http://h/ HTTP/1.1\r\n", ParseFault.Syntax)]
    [InlineData("GET http://h/  HTTP/1.1\r\n", ParseFault.Syntax)]
    [InlineData("GET http://h/\tHTTP/1.1\r\n", ParseFault.Syntax)]
    [InlineData("GET http://h/ HTTP/1.1 \r\n", ParseFault.Syntax)]
    [InlineData("GET http://h/ HTTP/1.1\n", ParseFault.Syntax)]
    [InlineData("\n", ParseFault.Syntax)]
    [InlineData("\r\r\n", ParseFault.Syntax)]
    [InlineData("\rGET http://h/ HTTP/1.1\r\n", ParseFault.Syntax)]
    [InlineData("GET http://h/ http/1.1\r\n", ParseFault.Syntax)]
    [InlineData("GET http://h/\r\n", ParseFault.Syntax)]
    [InlineData("G(T http://h/ HTTP/1.1\r\n", ParseFault.Syntax)]
    [InlineData("GET http://h/\u00e9 HTTP/1.1\r\n", ParseFault.Target)]
    [InlineData("GET http://h/ HTTP/1.2\r\n", ParseFault.Version)]
    [InlineData("GET http://h/ HTTP/2.0\r\n", ParseFault.Version)]
    [InlineData("GET http://h/ HTTP/1.10\r\n", ParseFault.Syntax)]
    [InlineData(Line + "Host: a b\r\n", ParseFault.Host)]
    [InlineData(Line + "Host: x@h\r\n", ParseFault.Host)]
    [InlineData(Line + "Host: [::1\r\n", ParseFault.Host)]
    [InlineData(Line + "Host: a:99999\r\n", ParseFault.Host)]
    [InlineData(Line + "Host: h1, h2\r\n", ParseFault.Host)]
    [InlineData(Line + "Host: h\r\nHost: h\r\n", ParseFault.Host)]
    [InlineData(Line + "X: y\r\n\r\n", ParseFault.Host)]
    [InlineData(Line + "Content-Length: 5\r\nContent-Length: 5\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 5, 5\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: +5\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 5 5\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length:\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 9223372036854775808\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 999999999999999999999\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ParseFault.Framing)]
    [InlineData(Line + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", ParseFault.Framing)]
    [InlineData(Line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ParseFault.Framing)]
    [InlineData(Line + "Transfer-Encoding: gzip, chunked\r\n", ParseFault.Framing)]
    [InlineData(Line + "Transfer-Encoding: chunked, identity\r\n", ParseFault.Framing)]
    [InlineData(Line + "Transfer-Encoding: \r\n", ParseFault.Framing)]
    [InlineData("POST http://h/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length : 5\r\n", ParseFault.Syntax)]
    [InlineData(Line + " folded\r\n", ParseFault.Syntax)]
    [InlineData(Line + "X: a\r\n b\r\n", ParseFault.Syntax)]
    [InlineData(Line + "X: a\rb\r\n", ParseFault.Syntax)]
    [InlineData(Line + "X: a\0b\r\n", ParseFault.Syntax)]
    [InlineData(Line + "X: \u007f\r\n", ParseFault.Syntax)]
    [InlineData(Line + "X: a\n", ParseFault.Syntax)]
    [InlineData(Line + "X Y: a\r\n", ParseFault.Syntax)]
    [InlineData(Line + ": a\r\n", ParseFault.Syntax)]
    [InlineData(Line + "no colon\r\n", ParseFault.Syntax)]
    [InlineData(Line + "Proxy-Authorization: a\r\nProxy-Authorization: a\r\n", ParseFault.Syntax)]
    public void What_two_readers_may_read_differently_is_refused_at_the_end_of_its_line(string head, object fault)
    {
        var bytes = Encoding.Latin1.GetBytes(head);
        ReaderContract.Refuses<RequestHead>(RequestHead.Read, [.. bytes, .. "x\r\n"u8], bytes.Length, (ParseFault)fault);
    }

    [Fact]
    public void A_method_of_21_characters_is_told_at_its_21st() =>
        ReaderContract.Refuses<RequestHead>(RequestHead.Read, Encoding.ASCII.GetBytes("\r\n" + new string('A', 40) + " http://h/"), 23, ParseFault.Method);

    [Fact]
    public void Limits_are_held_where_they_are_passed()
    {
        Assert.Equal(ParseFault.LineTooLong, Fault("GET http://h/" + new string('a', 9000)));
        Assert.Equal(ParseFault.TooLarge, Fault(Line + "X: " + new string('a', 9000)));
        Assert.Equal(ParseFault.TooLarge, Fault(Line + "Host: h\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 100)) + "\r\n"));
        Assert.Equal(ParseFault.TooLarge, Fault(Line + "Host: h\r\n" + string.Concat(Enumerable.Repeat("X: " + new string('a', 1000) + "\r\n", 20))));
        Assert.Equal(ParseFault.None, Fault(Line + "Host: h\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 99)) + "\r\n"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\r", 0)]
    [InlineData("\r\n\r\nGET", 4)]
    [InlineData("\r\n\n", 2)]
    public void Whole_empty_lines_are_stepped_over(string text, int length)
    {
        var buffer = Segments.Single(Encoding.ASCII.GetBytes(text));
        Assert.Equal(text.Length - length, buffer.Slice(RequestHead.SkipEmptyLines(buffer)).Length);
    }

    private static ParseFault Fault(string head) => RequestHead.Read(Segments.Whole(Encoding.Latin1.GetBytes(head))).Fault;

    private static string Text(in RequestHead request, byte[] head)
    {
        var words = new List<string>
        {
            Encoding.ASCII.GetString(head[request.Method]), Encoding.ASCII.GetString(head[request.Target]), request.IsHttp11 ? "11" : "10",
            request.Body.Kind.ToString(), request.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        if (request.Closes) words.Add("closes");
        if (request.AsksUpgrade) words.Add("upgrade");
        if (request.ExpectsContinue) words.Add("continue");
        if (request.ExpectsUnknown) words.Add("unknown");
        if (request.TakesTrailers) words.Add("trailers");
        return string.Join(' ', words);
    }
}
