using System.Buffers;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

public class ConnectHeadTests
{
    private const string Host = "Host: db.example.com:5432\r\n";

    [Theory]
    [InlineData("db.example.com:5432", "db.example.com:5432")]
    [InlineData("DB.Example.COM:5432", "DB.Example.COM:5432")]
    [InlineData("db.example.com.:5432", "db.example.com.:5432")]
    [InlineData("a_b~c:1", "a_b~c:1")]
    [InlineData("h:0", "h:0")]
    [InlineData("h:65535", "h:65535")]
    [InlineData("192.0.2.1:443", "192.0.2.1:443")]
    [InlineData("127.1:443", "127.1:443")]
    [InlineData("[2001:db8::1]:443", "[2001:db8::1]:443")]
    [InlineData("[2001:0DB8::0001]:443", "[2001:db8::1]:443")]
    [InlineData("[::ffff:192.0.2.1]:443", "192.0.2.1:443")]
    public void The_target_names_the_destination(string target, string destination) =>
        ReaderContract.Reads<ConnectHead>(ConnectHead.Read, Bytes($"CONNECT {target} HTTP/1.1\r\nHost: elsewhere\r\n\r\n"), head =>
        {
            Assert.True(head.IsConnect);
            Assert.Equal(destination, head.ToDestination().ToString());
            Assert.Null(head.ProxyAuthorization);
        });

    [Fact]
    public void A_literal_is_an_address_and_a_short_form_is_a_name()
    {
        Assert.NotNull(Read("CONNECT 192.0.2.1:443 HTTP/1.0\r\n\r\n").ToDestination().Address);
        Assert.Equal("0x7f.1", Read("CONNECT 0x7f.1:443 HTTP/1.0\r\n\r\n").ToDestination().Name);
    }

    [Theory]
    [InlineData("Proxy-Authorization: Basic YTpi\r\n", "Basic YTpi")]
    [InlineData("proxy-AUTHORIZATION:Basic YTpi\r\n", "Basic YTpi")]
    [InlineData("Proxy-Authorization: \t Basic YTpi \t\r\n", "Basic YTpi")]
    [InlineData("Proxy-Authorization:\r\n", "")]
    [InlineData("Proxy-Authorization: \t \r\n", "")]
    [InlineData("Authorization: Basic YTpi\r\n", null)]
    public void The_credentials_are_the_value_without_blanks_around_it(string field, string? value)
    {
        foreach (var fields in new[] { field + Host, Host + field })
        {
            ReaderContract.Reads<ConnectHead>(ConnectHead.Read, Bytes($"CONNECT h:1 HTTP/1.1\r\n{fields}\r\n"), head =>
                Assert.Equal(value, head.ProxyAuthorization is { } slice ? Encoding.ASCII.GetString(slice) : null));
        }
    }

    [Theory]
    [InlineData("CONNECT h:1 HTTP/1.0\r\n\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.0\r\nHost: h\r\n\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.1\r\nhost:[::1]:1\r\n\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\nUser-Agent: \u00e4\tb\r\nEmpty:\r\nProxy-Connection: Keep-Alive\r\n\r\n")]
    public void Every_legal_head_is_read(string head) =>
        ReaderContract.Reads<ConnectHead>(ConnectHead.Read, Bytes(head), value => Assert.Equal(1, value.Port));

    [Theory]
    [InlineData("h")]
    [InlineData("h:")]
    [InlineData(":1")]
    [InlineData("h:65536")]
    [InlineData("h:99999")]
    [InlineData("h:100000")]
    [InlineData("h:01")]
    [InlineData("h:-1")]
    [InlineData("h:+1")]
    [InlineData("h:1a")]
    [InlineData("h:1:2")]
    [InlineData("::1:1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:")]
    [InlineData("[::1]1")]
    [InlineData("[]:1")]
    [InlineData("[::1:1")]
    [InlineData("[::1%25lo]:1")]
    [InlineData("[::1%lo]:1")]
    [InlineData("[127.0.0.1]:1")]
    [InlineData("[v1.x]:1")]
    [InlineData("[h]:1")]
    [InlineData("h]:1")]
    [InlineData("user@h:1")]
    [InlineData("user:pass@h:1")]
    [InlineData("h/:1")]
    [InlineData("h:1/")]
    [InlineData("h:1?q")]
    [InlineData("h:1#f")]
    [InlineData("http://h:1")]
    [InlineData("http://h:1/")]
    [InlineData("/")]
    [InlineData("*")]
    [InlineData("h%41:1")]
    [InlineData("h\0.example.com:1")]
    [InlineData("h\t:1")]
    [InlineData("h\\:1")]
    [InlineData("h\u00e4:1")]
    [InlineData("")]
    public void A_target_that_is_no_authority_is_refused(string target) => RefusesLine($"CONNECT {target} HTTP/1.1\r\n");

    [Theory]
    [InlineData("CONNECT h:1\r\n")]
    [InlineData("CONNECT h:1 \r\n")]
    [InlineData("CONNECT h:1  HTTP/1.1\r\n")]
    [InlineData("CONNECT  h:1 HTTP/1.1\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.1 \r\n")]
    [InlineData("CONNECT h:1 HTTP/1.2\r\n")]
    [InlineData("CONNECT h:1 HTTP/2.0\r\n")]
    [InlineData("CONNECT h:1 HTTP/0.9\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.10\r\n")]
    [InlineData("CONNECT h:1 http/1.1\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.1\n")]
    [InlineData("CONNECT h:1 HTTP/1.1\r\r\n")]
    [InlineData("CONNECT h:1\rHTTP/1.1\r\n")]
    [InlineData("CONNECT h:1 x HTTP/1.1\r\n")]
    [InlineData("CONNECT \r\n")]
    [InlineData("CONNECT \n")]
    public void A_broken_request_line_is_refused(string line) => RefusesLine(line);

    [Theory]
    [InlineData(" folded\r\n")]
    [InlineData("\tfolded\r\n")]
    [InlineData("X: a\r\n folded\r\n")]
    [InlineData("Host : h\r\n")]
    [InlineData("Host\t: h\r\n")]
    [InlineData("no colon\r\n")]
    [InlineData(": empty name\r\n")]
    [InlineData("X: a\0b\r\n")]
    [InlineData("X\0: a\r\n")]
    [InlineData("X: a\rb\r\n")]
    [InlineData("X: a\r\r\n")]
    [InlineData("X: a\n")]
    [InlineData("\n")]
    [InlineData("\r\r\n")]
    [InlineData("X: \x7F\r\n")]
    [InlineData("X: \x1B[31m\r\n")]
    [InlineData("X(y): a\r\n")]
    [InlineData("H\u00f6st: a\r\n")]
    [InlineData("Host: h\r\nHost: h\r\n")]
    [InlineData("Host: h\r\nhOST:\r\n")]
    [InlineData("Host: user@h\r\n")]
    [InlineData("Host: h/path\r\n")]
    [InlineData("Host: h, h\r\n")]
    [InlineData("Host: h:x\r\n")]
    [InlineData("Host: h:\r\n")]
    [InlineData("Proxy-Authorization: Basic YTpi\r\nProxy-Authorization: Basic YTpi\r\n")]
    public void A_broken_or_doubled_field_is_refused_at_the_end_of_its_line(string fields) =>
        RefusesLine("CONNECT h:1 HTTP/1.1\r\n" + fields);

    [Fact]
    public void HTTP_1_1_without_a_Host_is_refused_at_its_end() => RefusesLine("CONNECT h:1 HTTP/1.1\r\nX: y\r\n\r\n");

    [Theory]
    [InlineData("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("connect h:1 HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("CONNECTED h:1 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT\th:1 HTTP/1.1\r\n\r\n")]
    [InlineData("C\0")]
    public void Another_method_is_left_to_others_with_nothing_consumed(string text)
    {
        var bytes = Bytes(text);
        foreach (var buffer in new[] { Segments.Whole(bytes), Segments.Single(bytes) })
        {
            var result = ConnectHead.Read(buffer);
            Assert.Equal(ParseStatus.Done, result.Status);
            Assert.False(result.Value.IsConnect);
            Assert.Equal(bytes.Length, buffer.Slice(result.Consumed).Length);
        }
    }

    private static void RefusesLine(string head)
    {
        var bytes = Bytes(head);
        ReaderContract.Refuses<ConnectHead>(ConnectHead.Read, [.. bytes, .. "x\r\n"u8], bytes.Length, ParseFault.Syntax);
    }

    private static ConnectHead Read(string head) => ConnectHead.Read(Segments.Whole(Bytes(head))).Value;

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
