using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>What a client is told of the gateway.</summary>
internal sealed record SocksProxy(IPEndPoint EndPoint, string? User = null, string? Password = null)
{
    public static SocksProxy Of(GatewayProcess gateway) => new(gateway.EndPoint);

    /// <summary>As <c>--via</c> and most libraries take it.</summary>
    public string Url => User is null ? $"socks5://{EndPoint}" : $"socks5://{User}:{Password}@{EndPoint}";

    /// <summary>As the scripts of other languages read it.</summary>
    public void AddTo(Dictionary<string, string> environment)
    {
        environment["SOCKS_HOST"] = EndPoint.Address.ToString();
        environment["SOCKS_PORT"] = EndPoint.Port.ToString(CultureInfo.InvariantCulture);
        if (User is not null) environment["SOCKS_USER"] = User;
        if (Password is not null) environment["SOCKS_PASSWORD"] = Password;
    }

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
