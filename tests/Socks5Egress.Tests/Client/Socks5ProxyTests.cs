using System.Net;
using Socks5Egress.Client;
using Xunit;

namespace Socks5Egress.Tests.Client;

public sealed class Socks5ProxyTests
{
    [Theory]
    [InlineData("socks5://gw.example", "gw.example", 1080)]
    [InlineData("socks5://gw.example:1081", "gw.example", 1081)]
    [InlineData("SOCKS5H://gw.example:1081/", "gw.example", 1081)]
    [InlineData(" socks5h://192.0.2.1:65535 ", "192.0.2.1", 65535)]
    [InlineData("socks5://[2001:db8::1]", "2001:db8::1", 1080)]
    [InlineData("socks5://[2001:db8::1]:9", "2001:db8::1", 9)]
    public void Host_and_port_are_read(string text, string host, int port)
    {
        var proxy = Socks5Proxy.Parse(text);

        Assert.Equal(host, proxy.Host);
        Assert.Equal(port, proxy.Port);
        Assert.Null(proxy.Credentials);
    }

    [Fact]
    public void Tls_and_its_files_are_read()
    {
        Assert.Null(Socks5Proxy.Parse("socks5://gw").Tls);
        Assert.Equal(new Socks5Tls(), Socks5Proxy.Parse("socks5+tls://gw:1443").Tls);
        var proxy = Socks5Proxy.Parse("SOCKS5+TLS://app:secret@gw:1443/?ca=%2Fetc%2Fgw%40home.pem&cert=app.pem&key=app.key");
        Assert.Equal(new Socks5Tls { CaFile = "/etc/gw@home.pem", CertificateFile = "app.pem", KeyFile = "app.key" }, proxy.Tls);
        Assert.Equal(("gw", 1443, "app"), (proxy.Host, proxy.Port, proxy.Credentials!.UserName));
        Assert.Equal("socks5+tls://app@gw:1443", proxy.ToString());
    }

    [Theory]
    [InlineData("socks5+tls://gw?")]
    [InlineData("socks5+tls://gw?ca")]
    [InlineData("socks5+tls://gw?ca=")]
    [InlineData("socks5+tls://gw?verify=none")]
    [InlineData("socks5://gw?ca=x")]
    public void Other_words_behind_the_question_mark_are_refused(string text) => Assert.False(Socks5Proxy.TryParse(text, out _));

    [Fact]
    public void Credentials_are_percent_decoded_and_may_hold_what_delimits()
    {
        var proxy = Socks5Proxy.Parse("socks5://ap%70:p%40s:s/w@rd@gw:1");

        Assert.Equal("app", proxy.Credentials!.UserName);
        Assert.Equal("p@s:s/w@rd", proxy.Credentials.Password);
        Assert.Equal("gw", proxy.Host);
    }

    [Fact]
    public void A_user_alone_takes_the_fallback_password()
    {
        Assert.Equal("s3cret", Socks5Proxy.Parse("socks5://app@gw:1", "s3cret").Credentials!.Password);
        Assert.Equal("own", Socks5Proxy.Parse("socks5://app:own@gw:1", "s3cret").Credentials!.Password);
        Assert.Null(Socks5Proxy.Parse("socks5://gw:1", "s3cret").Credentials);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gw:1080")]
    [InlineData("http://gw:1080")]
    [InlineData("socks5://")]
    [InlineData("socks5://:1080")]
    [InlineData("socks5://gw:")]
    [InlineData("socks5://gw:0")]
    [InlineData("socks5://gw:65536")]
    [InlineData("socks5://gw:+80")]
    [InlineData("socks5://gw:1080/path")]
    [InlineData("socks5://2001:db8::1")]
    [InlineData("socks5://[2001:db8::1")]
    [InlineData("socks5://[gw]:1")]
    [InlineData("socks5://g w:1")]
    [InlineData("socks5://@gw:1")]
    [InlineData("socks5://app@gw:1")]
    [InlineData("socks5://app:@gw:1")]
    public void What_is_no_gateway_is_refused(string text)
    {
        Assert.False(Socks5Proxy.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Socks5Proxy.Parse(text));
    }

    [Theory]
    [InlineData("socks5://app:s3cret@gw:99999")]
    [InlineData("socks5://app:s3cret")]
    [InlineData("http://app:s3cret@gw:1")]
    public void A_fault_never_repeats_the_password(string text)
    {
        var fault = Assert.Throws<FormatException>(() => Socks5Proxy.Parse(text));

        Assert.DoesNotContain("s3cret", fault.Message, StringComparison.Ordinal);
        Assert.Contains("socks5://[user[:password]@]host:port", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_gateways_stand_between_commas()
    {
        var proxies = Socks5Proxy.ParseList("socks5://a:1, socks5://u:p%2Cw@b:2");

        Assert.Equal(["a", "b"], proxies.Select(proxy => proxy.Host));
        Assert.Equal("p,w", proxies[1].Credentials!.Password);
        Assert.Throws<FormatException>(() => Socks5Proxy.ParseList("socks5://a:1,"));
    }

    [Fact]
    public void Its_text_leads_back_to_it_and_has_no_password()
    {
        Assert.Equal("socks5://a%40b@[::1]:1080", new Socks5Proxy("::1", credentials: new NetworkCredential("a@b", "s3cret")).ToString());
        Assert.Equal("socks5://gw:7", new Socks5Proxy("gw", 7).ToString());
    }

    [Fact]
    public void A_credential_that_the_protocol_cannot_carry_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Socks5Proxy("gw", credentials: new NetworkCredential("", "p")));
        Assert.Throws<ArgumentException>(() => new Socks5Proxy("gw", credentials: new NetworkCredential("u", new string('ä', 128))));
        Assert.NotNull(new Socks5Proxy("gw", credentials: new NetworkCredential("u", new string('p', 255))));
    }
}
