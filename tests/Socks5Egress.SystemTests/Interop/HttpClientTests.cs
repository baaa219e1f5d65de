using System.Net;
using Socks5Egress.Client;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Identity;
using Socks5Egress.SystemTests.Packages;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>HttpClient by our handler and by .NET's own proxy setting.</summary>
public sealed class HttpClientTests(EgressSetup setup)
{
    private const string Egress = "127.0.0.77";

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Our_handler_leads_through_the_gateway(string transport)
    {
        await using var site = await EchoServer.StartAsync(IPAddress.Loopback);
        using var http = Ours(SocksProxy.Of(await setup.GatewayAsync(transport)));
        Assert.Equal(Egress, await http.GetStringAsync(new Uri(site.Url), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Our_handler_fails_when_the_gateway_is_down_and_says_why()
    {
        await using var site = await EchoServer.StartAsync(IPAddress.Loopback);
        using var dead = new DeadGateway();
        using var http = Ours(dead.Proxy);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri(site.Url), TestContext.Current.CancellationToken));
        Assert.Contains("refuses connections", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NETs_own_proxy_setting_takes_socks5()
    {
        await using var site = await EchoServer.StartAsync(IPAddress.Loopback);
        using var through = Theirs(SocksProxy.Of(await setup.GatewayAsync("auto")).Url);
        Assert.Equal(Egress, await through.GetStringAsync(new Uri(site.Url), TestContext.Current.CancellationToken));
        using var dead = new DeadGateway();
        using var down = Theirs(dead.Proxy.Url);
        await Assert.ThrowsAsync<HttpRequestException>(() => down.GetStringAsync(new Uri(site.Url), TestContext.Current.CancellationToken));
    }

    /// <summary>What the docs say; <c>ALL_PROXY</c>, which goes direct without a word, is tried by <see cref="Packages.PackageTests"/> in a process of its own.</summary>
    [Fact]
    public async Task NETs_own_proxy_setting_refuses_socks5h()
    {
        await using var site = await EchoServer.StartAsync(IPAddress.Loopback);
        using var dead = new DeadGateway();
        using var program = Theirs(dead.Proxy.Url.Replace("socks5:", "socks5h:", StringComparison.Ordinal));
        await Assert.ThrowsAsync<NotSupportedException>(() => program.GetStringAsync(new Uri(site.Url), TestContext.Current.CancellationToken));
    }

    private static HttpClient Ours(SocksProxy proxy) => new(new Socks5HttpHandler(new Socks5Client(Socks5Proxy.Parse(proxy.Url.Replace("socks5:", "socks5h:", StringComparison.Ordinal)))));

    private static HttpClient Theirs(string proxy) => new(new SocketsHttpHandler { Proxy = new WebProxy(proxy, BypassOnLocal: false) });
}
