using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.Protocol.Dns;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Identity;

public class ProbeTests
{
    [Theory]
    [InlineData("198.51.100.7\n", "198.51.100.7")]
    [InlineData("{\"ip\":\"198.51.100.7\",\"port\":443}", "198.51.100.7")]
    [InlineData("h=example.com\nip=198.51.100.7\nts=1.2\n", "198.51.100.7")]
    [InlineData("Your address is 198.51.100.7.", "198.51.100.7")]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7")]
    [InlineData("198.51.100.7 198.51.100.7", "198.51.100.7")]
    [InlineData("198.51.100.7 203.0.113.1", null)]
    [InlineData("2001:db8::7", null)]
    [InlineData("198.51.100", null)]
    [InlineData("", null)]
    public void The_one_IPv4_address_in_a_text_is_found(string text, string? address) =>
        Assert.Equal(address, AddressInText.Find(text, AddressFamily.InterNetwork)?.ToString());

    [Fact]
    public void The_one_IPv6_address_in_a_text_is_found() =>
        Assert.Equal("2001:db8::7", AddressInText.Find("{\"ip\":\"2001:db8::7\",\"v4\":\"198.51.100.7\"}", AddressFamily.InterNetworkV6)?.ToString());

    [Fact]
    public void The_texts_of_an_answer_are_read_whatever_records_are_between()
    {
        byte[] answer =
        [
            .. Convert.FromHexString("123484000001000200000000"), .. Convert.FromHexString("03" + "6F2D6F" + "00" + "00100001"),
            .. Convert.FromHexString("C00C" + "0005" + "0001" + "00000000" + "0002" + "C00C"),
            .. Convert.FromHexString("C00C" + "0010" + "0001" + "00000000" + "000D" + "0C"), .. Encoding.ASCII.GetBytes("198.51.100.7"),
        ];
        var query = DnsQuery.Of("o-o", DnsType.Txt)!;
        Assert.Equal("198.51.100.7 ", DnsWhoami.TextOf(query, 0x1234, answer));
        Assert.Null(DnsWhoami.TextOf(query, 0x1235, answer));
        Assert.Null(DnsWhoami.TextOf(DnsQuery.Of("other", DnsType.Txt)!, 0x1234, answer));
        for (int length = 0; length < answer.Length; length++) Assert.Null(DnsWhoami.TextOf(query, 0x1234, answer[..length]));
    }

    [Theory]
    [InlineData("https://echo.example.com/ip", true)]
    [InlineData("dns://ns1.example.com/whoami.example.com", true)]
    [InlineData("dns://[2001:db8::1]:5353/whoami.example.com", true)]
    [InlineData("dns://ns1.example.com/", false)]
    [InlineData("ftp://example.com/", false)]
    [InlineData("echo.example.com", false)]
    public void A_probe_is_an_echo_or_a_name_server(string text, bool legal) => Assert.Equal(legal, ProbeText.Parse(text, out _) is null);
}
