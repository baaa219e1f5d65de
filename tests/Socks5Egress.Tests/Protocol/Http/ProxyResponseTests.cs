using System.Net;
using System.Text;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

public class ProxyResponseTests
{
    [Fact]
    public void A_tunnel_is_answered_without_framing_headers() =>
        Assert.Equal("HTTP/1.1 200 Connection established\r\n\r\n", Encoding.ASCII.GetString(ProxyResponse.Established));

    [Theory]
    [InlineData(400, "Bad Request")]
    [InlineData(403, "Forbidden")]
    [InlineData(414, "URI Too Long")]
    [InlineData(429, "Too Many Requests")]
    [InlineData(431, "Request Header Fields Too Large")]
    [InlineData(500, "Internal Server Error")]
    [InlineData(502, "Bad Gateway")]
    [InlineData(504, "Gateway Timeout")]
    [InlineData(599, "")]
    public void A_refusal_has_no_content_and_closes(int status, string phrase) =>
        Assert.Equal($"HTTP/1.1 {status} {phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Write(status));

    [Fact]
    public void Who_comes_too_soon_is_told_when_to_come_again() => Assert.Equal(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Write(503));

    [Fact]
    public void A_missing_password_is_asked_for() =>
        Assert.Equal(
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"socks5egress\", charset=\"UTF-8\"\r\n" +
            "Content-Length: 0\r\nConnection: close\r\n\r\n",
            Write(407));

    [Fact]
    public void A_method_that_is_not_served_is_told_the_one_that_is() =>
        Assert.Equal(
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Write(405));

    private static string Write(int status)
    {
        var bytes = new byte[ProxyResponse.MaxLength];
        return Encoding.ASCII.GetString(bytes, 0, ProxyResponse.WriteRefusal(bytes, (HttpStatusCode)status));
    }
}
