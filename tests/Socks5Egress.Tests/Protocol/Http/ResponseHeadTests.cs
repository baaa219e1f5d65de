using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

/// <summary>RFC 9112 sections 4 to 6, by the reader of answers' heads.</summary>
public sealed class ResponseHeadTests
{
    private const string Line = "HTTP/1.1 200 OK\r\n";

    [Theory]
    [InlineData(Line + "\r\n", "200 UntilClose 0")]
    [InlineData("HTTP/1.1 200\r\n\r\n", "200 UntilClose 0")]
    [InlineData("HTTP/1.1 200 \r\n\r\n", "200 UntilClose 0")]
    [InlineData("HTTP/1.1 999 a\u0001b\r\nContent-Length: 2\r\n\r\n", "999 Length 2")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n", "200 Length 2 closes")]
    [InlineData(Line + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "200 Length 5")]
    [InlineData(Line + "Content-Length: 5, 05\r\n\r\n", "200 Length 5")]
    [InlineData(Line + "Content-Length : 5\r\n\r\n", "200 Length 5")]
    [InlineData(Line + "Transfer-Encoding: Chunked\r\nConnection: close\r\n\r\n", "200 Chunked 0 closes")]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", "204 None 0")]
    [InlineData("HTTP/1.1 304 Not\r\nTransfer-Encoding: chunked\r\n\r\n", "304 None 0")]
    [InlineData("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", "103 None 0 interim")]
    [InlineData("HTTP/1.1 101 Switching\r\n\r\n", "101 None 0 upgrade")]
    public void A_head_is_read(string head, string text) =>
        ReaderContract.Reads<ResponseHead>(ResponseHead.Read, Encoding.Latin1.GetBytes(head), answer => Assert.Equal(text, Text(answer)));

    [Theory]
    [InlineData("HTTP/2.0 200 OK\r\n", ParseFault.Syntax)]
    [InlineData("ICY 200 OK\r\n", ParseFault.Syntax)]
    [InlineData("HTTP/1.1 20 OK\r\n", ParseFault.Syntax)]
    [InlineData("HTTP/1.1 099 OK\r\n", ParseFault.Syntax)]
    [InlineData("HTTP/1.1  200 OK\r\n", ParseFault.Syntax)]
    [InlineData("HTTP/1.1 2000 OK\r\n", ParseFault.Syntax)]
    [InlineData("HTTP/1.1 200 OK\n", ParseFault.Syntax)]
    [InlineData(Line + "X: a\r\n b\r\n", ParseFault.Syntax)]
    [InlineData(Line + "X: a\0\r\n", ParseFault.Syntax)]
    [InlineData(Line + "X Y: a\r\n", ParseFault.Syntax)]
    [InlineData(Line + " : a\r\n", ParseFault.Syntax)]
    [InlineData(Line + "Content-Length: 2\r\nContent-Length: 3\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 2, 3\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 2,\r\n", ParseFault.None)]
    [InlineData(Line + "Content-Length: +2\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length:\r\n", ParseFault.Framing)]
    [InlineData(Line + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", ParseFault.Framing)]
    [InlineData(Line + "Transfer-Encoding: gzip, chunked\r\n", ParseFault.Framing)]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ParseFault.Framing)]
    public void What_cannot_be_passed_on_is_told_at_the_end_of_its_line(string head, object expected)
    {
        var (bytes, fault) = (Encoding.Latin1.GetBytes(head), (ParseFault)expected);
        if (fault != ParseFault.None) ReaderContract.Refuses<ResponseHead>(ResponseHead.Read, [.. bytes, .. "x\r\n"u8], bytes.Length, fault);
        else Assert.Equal(ParseStatus.NeedMore, ResponseHead.Read(Segments.Whole(bytes)).Status);
    }

    [Fact]
    public void A_head_above_64_KiB_is_too_large()
    {
        var bytes = Encoding.ASCII.GetBytes(Line + "X: " + new string('a', ResponseHead.MaxLength));
        Assert.Equal(ParseFault.TooLarge, ResponseHead.Read(Segments.Whole(bytes)).Fault);
        Assert.Equal(ParseFault.TooLarge, ResponseHead.Read(Segments.CutAt(bytes, 40_000)).Fault);
    }

    [Fact]
    public void An_answer_to_HEAD_has_no_body() =>
        Assert.Equal(BodyFraming.None, ResponseHead.Read(Segments.Whole(Encoding.ASCII.GetBytes(Line + "Content-Length: 5\r\n\r\n"))).Value.BodyOf(toHead: true));

    private static string Text(in ResponseHead answer)
    {
        var body = answer.BodyOf(toHead: false);
        return $"{answer.Status} {body.Kind} {body.Length}" + (answer.Closes ? " closes" : "") + (answer.IsInterim ? " interim" : "") + (answer.IsUpgrade ? " upgrade" : "");
    }
}
