using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Protocol;

namespace Socks5Egress.LocalForward;

/// <summary>
/// What to write into a driver's connection string so that it goes through a forward and still checks the server's
/// certificate against its real name.
/// </summary>
internal static class ConnectionHints
{
    /// <summary>The lines for one forward, by the target's port; all of them where the port tells nothing.</summary>
    /// <param name="local">Where the forward listens.</param>
    /// <param name="target">Where it leads.</param>
    /// <param name="gateway">For what needs no forward, because it speaks SOCKS5 itself.</param>
    public static IReadOnlyList<(string Driver, string Text)> Of(EndPoint local, Destination target, Socks5Proxy gateway)
    {
        var host = target.Name ?? target.Address!.ToString();
        if (local is UnixDomainSocketEndPoint unix) return [("socket", unix.ToString())];
        var endpoint = Reachable((IPEndPoint)local);
        var address = endpoint.Address.ToString();
        var port = endpoint.Port.ToString(CultureInfo.InvariantCulture);
        return target.Port switch
        {
            3306 or 33060 => [.. MySql(host, address, port, endpoint), Node(host, address, port)],
            6379 or 6380 => [.. Redis(host, endpoint), Node(host, address, port)],
            1433 => [SqlClient(host, address, port)],
            80 or 443 or 8080 or 8443 => [Curl(host, target.Port, endpoint)],
            5432 or 5433 or 6432 => [.. Postgres(host, address, port, target, gateway, endpoint), Node(host, address, port)],
            _ => [.. Postgres(host, address, port, target, gateway, endpoint), .. MySql(host, address, port, endpoint), .. Redis(host, endpoint), Node(host, address, port)],
        };
    }

    private static IEnumerable<(string, string)> Postgres(
        string host, string address, string port, Destination target, Socks5Proxy gateway, IPEndPoint endpoint) =>
    [
        ("libpq", $"host={host} hostaddr={address} port={port}"),
        ("Npgsql", $"Host={address};Port={port} and UseSslClientAuthenticationOptionsCallback(o => o.TargetHost = \"{host}\")"),
        ("URL", $"postgresql://USER:PASSWORD@{Bracketed(host)}:{port}/DATABASE?hostaddr={address}"),
        ("Django", $"DATABASE_URL='postgresql://USER:PASSWORD@{Bracketed(host)}:{port}/DATABASE?hostaddr={address}&sslmode=verify-full'"),
        ("SQLAlchemy", $"postgresql+psycopg://USER:PASSWORD@{Bracketed(host)}:{port}/DATABASE?hostaddr={address}&sslmode=verify-full"),
        ("JDBC", (CanJava(gateway) is { } java ? $"java {java} with jdbc:postgresql://{target}/DATABASE, which needs no forward; or " : "") +
            $"jdbc:postgresql://{endpoint}/DATABASE here; " +
            $"its sslmode=verify-full needs -Djdk.net.hosts.file=FILE with '{address} {host}' in it and {Bracketed(host)} in the URL, and breaks every other lookup of that JVM"),
    ];

    /// <summary>The JVM's own SOCKS5, which has no TLS to the gateway and takes a password from the program alone.</summary>
    private static string? CanJava(Socks5Proxy gateway) => gateway.Tls is not null ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"-DsocksProxyHost={gateway.Host} -DsocksProxyPort={gateway.Port}{(gateway.Credentials is { } who ? $" -Djava.net.socks.username={who.UserName} -Djava.net.socks.password=…" : "")}");

    private static IEnumerable<(string, string)> MySql(string host, string address, string port, IPEndPoint endpoint) =>
    [
        ("URL", $"mysql://USER:PASSWORD@{endpoint}/DATABASE"),
        ("Django", $"DATABASE_URL='mysql://USER:PASSWORD@{endpoint}/DATABASE'"),
        ("SQLAlchemy", $"mysql+pymysql://USER:PASSWORD@{endpoint}/DATABASE"),
        ("mysql", $"--protocol=TCP --host={address} --port={port}"),
        ("MySqlConnector", $"Server={address};Port={port}; to check the name '{host}' use SslMode=Required and UseRemoteCertificateValidationCallback"),
    ];

    private static IEnumerable<(string, string)> Redis(string host, IPEndPoint endpoint) =>
    [
        ("redis-cli", $"-h {endpoint.Address} -p {endpoint.Port.ToString(CultureInfo.InvariantCulture)}; with TLS: --tls --sni {host}"),
        ("URL", $"redis://{endpoint}/0"),
        ("StackExchange.Redis", $"{endpoint}; with TLS: ssl=true,sslHost={host}"),
    ];

    private static (string, string) SqlClient(string host, string address, string port) =>
        ("SqlClient", $"Server=tcp:{address},{port};HostNameInCertificate={host}");

    private static (string, string) Curl(string host, int port, IPEndPoint endpoint) =>
        ("curl", $"--connect-to {Bracketed(host)}:{port.ToString(CultureInfo.InvariantCulture)}:{endpoint}");

    private static (string, string) Node(string host, string address, string port) =>
        ("Node", $"host: '{address}', port: {port}, ssl: {{ servername: '{host}' }}");

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;

    /// <summary>What listens on every address is reached on the loopback.</summary>
    private static IPEndPoint Reachable(IPEndPoint local) =>
        local.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, local.Port)
        : local.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, local.Port)
        : local;
}
