using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Connection strings turned towards a forwarder: nothing of the old way stays, and nothing else changes.</summary>
public sealed class ConnectionStringTests
{
    private static readonly Socks5Client Gateway = new(new Socks5Proxy("127.0.0.1"));

    [Fact]
    public async Task SqlClient_goes_to_the_forwarder_and_checks_the_targets_name()
    {
        await using var forwarder = Socks5Forwarder.Start(Gateway, "sql.example.com", 1433);
        var text = forwarder.ToSqlClientConnectionString("Server=sql.example.com\\instance;Database=shop;Encrypt=Strict;Password='a;b'");
        var read = new DbConnectionStringBuilder { ConnectionString = text };

        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"tcp:127.0.0.1,{((IPEndPoint)forwarder.LocalEndPoint).Port}"), read["Data Source"]);
        Assert.Equal(("sql.example.com", "shop", "Strict", "a;b"), (read["HostNameInCertificate"], read["Database"], read["Encrypt"], read["Password"]));
        Assert.False(read.ContainsKey("Server"));

        // Who wrote a name for the certificate meant it
        text = forwarder.ToSqlClientConnectionString("Data Source=x;Host Name In Certificate=other.example.com");
        Assert.Equal("other.example.com", new DbConnectionStringBuilder { ConnectionString = text }["Host Name In Certificate"]);
    }

    [Fact]
    public async Task MySqlConnector_is_not_let_check_the_wrong_name()
    {
        await using var forwarder = Socks5Forwarder.Start(Gateway, "db.example.com", 3306);
        var fault = Assert.Throws<ArgumentException>(() => forwarder.ToMySqlConnectionString("Server=db;Ssl Mode=verifyfull"));
        Assert.Contains("CertificateValidator", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Unix_socket_is_named_to_MySqlConnector_and_refused_for_SqlClient()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "way");
        await using var forwarder = Socks5Forwarder.Start(Gateway, "db.example.com", 3306, new Socks5ForwarderOptions { LocalEndPoint = new UnixDomainSocketEndPoint(path) });
        var read = new DbConnectionStringBuilder { ConnectionString = forwarder.ToMySqlConnectionString("Host=db;Port=1;User ID=app") };

        Assert.Equal((path, "unix"), (read["Server"], read["Protocol"]));
        Assert.False(read.ContainsKey("Port"));
        Assert.Throws<NotSupportedException>(() => forwarder.ToSqlClientConnectionString("Server=x"));
    }
}
