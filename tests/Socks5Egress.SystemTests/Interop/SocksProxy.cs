using System.Net;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>What a client is told of the gateway.</summary>
internal sealed record SocksProxy(IPEndPoint EndPoint, string? User = null, string? Password = null)
{
    public static SocksProxy Of(GatewayProcess gateway) => new(gateway.EndPoint);

    /// <summary>Writes the configuration file that <c>proxychains4 -f</c> reads; names go to the gateway.</summary>
    public string WriteProxychains(TemporaryFolder folder) => folder.Write("proxychains.conf", $"""
        strict_chain
        proxy_dns
        tcp_read_time_out 15000
        tcp_connect_time_out 8000
        [ProxyList]
        socks5 {EndPoint.Address} {EndPoint.Port} {User} {Password}

        """);
}
