using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MySqlConnector;
using Socks5Egress.Client;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Drivers of MySQL and MariaDB against MariaDB, whose user may come from the egress address alone.</summary>
public sealed class MySqlDriverTests(EgressSetup setup)
{
    private const string Egress = "127.0.0.77";
    private const string WhoAmI = "select substring_index(user(), '@', -1)";

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task MySqlConnector_checks_the_name_by_the_forwarder(string transport)
    {
        await using var forwarder = await ForwarderAsync(SocksProxy.Of(await setup.GatewayAsync(transport)), "localhost");
        Assert.Equal(Egress, await AskAsync(forwarder));
    }

    [Fact]
    public async Task MySqlConnector_refuses_a_certificate_for_another_name()
    {
        await using var folder = new HostsGateway();
        await using var forwarder = await ForwarderAsync(await folder.StartAsync("127.0.0.1 db.example.test"), "db.example.test");
        var failure = await Assert.ThrowsAnyAsync<MySqlException>(() => AskAsync(forwarder));
        Assert.Contains("certificate", failure.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task MySqlConnector_fails_when_the_gateway_is_down()
    {
        using var dead = new DeadGateway();
        await using var forwarder = await ForwarderAsync(dead.Proxy, "localhost");
        DeadGateway.AssertNotTheServers((await Assert.ThrowsAnyAsync<MySqlException>(() => AskAsync(forwarder))).ToString());
    }

    [Fact]
    public Task MariaDb_Connector_J_uses_the_JVMs_proxy() => WorksAndFailsClosedAsync(ConnectorJAsync);

    [Fact]
    public Task PyMySQL_takes_a_socket() => WorksAndFailsClosedAsync((server, proxy) => DriverScripts.PythonAsync(
        "pymysql", Place(server), server.CertificateFile, MariaDbServer.User, MariaDbServer.Password, proxy));

    [Fact]
    public Task Mysql2_takes_a_socket() => WorksAndFailsClosedAsync((server, proxy) => DriverScripts.NodeAsync(
        "mysql2", Place(server), server.CertificateFile, MariaDbServer.User, MariaDbServer.Password, proxy));

    [Fact]
    public Task The_mariadb_client_goes_through_a_forward() => WorksAndFailsClosedAsync(async (server, proxy) =>
    {
        await using var forward = await ForwardProcess.StartAsync($"localhost:{server.Port}", proxy.Url, "--retry", "0");
        return await ExternalProgram.RunAsync("mariadb", ["--no-defaults", "--protocol=TCP", "--host=127.0.0.1",
            "--port=" + forward.Port.ToString(CultureInfo.InvariantCulture), "--user=" + MariaDbServer.User, "--ssl-ca=" + server.CertificateFile,
            "--ssl-verify-server-cert", "--batch", "--skip-column-names", "-e", WhoAmI], new Dictionary<string, string> { ["MYSQL_PWD"] = MariaDbServer.Password });
    });

    private async Task WorksAndFailsClosedAsync(Func<MariaDbServer, SocksProxy, Task<ProgramResult>> ask)
    {
        var server = await setup.MariaDbAsync();
        var result = await ask(server, SocksProxy.Of(await setup.GatewayAsync("auto")));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Egress, result.Output.Trim());
        using var dead = new DeadGateway();
        DeadGateway.AssertFailedWithoutServer(await ask(server, dead.Proxy));
    }

    private static Task<ProgramResult> ConnectorJAsync(MariaDbServer server, SocksProxy proxy) => ExternalProgram.RunAsync("java",
        ["-DsocksProxyHost=" + proxy.EndPoint.Address, "-DsocksProxyPort=" + proxy.EndPoint.Port.ToString(CultureInfo.InvariantCulture), "-DsocksNonProxyHosts=",
            "-cp", "/usr/share/java/mariadb-java-client.jar", RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "java", "Query.java"),
            string.Create(CultureInfo.InvariantCulture, $"jdbc:mariadb://localhost:{server.Port}/?useSsl=true&serverSslCert={server.CertificateFile}"),
            MariaDbServer.User, WhoAmI], new Dictionary<string, string> { ["PGPASSWORD"] = MariaDbServer.Password });

    private static IPEndPoint Place(MariaDbServer server) => new(IPAddress.Loopback, server.Port);

    private async Task<Socks5Forwarder> ForwarderAsync(SocksProxy proxy, string host) => Socks5Forwarder.Start(
        new Socks5Client(Socks5Proxy.Parse(proxy.Url)), host, (await setup.MariaDbAsync()).Port, new Socks5ForwarderOptions { RetryFor = TimeSpan.Zero });

    private async Task<object?> AskAsync(Socks5Forwarder forwarder)
    {
        var server = await setup.MariaDbAsync();
        using var issuer = X509CertificateLoader.LoadCertificateFromFile(server.CertificateFile);
        var source = new MySqlDataSourceBuilder(forwarder.ToMySqlConnectionString(
                $"User ID={MariaDbServer.User};Password={MariaDbServer.Password};SslMode=Required"))
            .UseRemoteCertificateValidationCallback(forwarder.CertificateValidator([issuer]));
        await using var database = source.Build();
        await using var command = database.CreateCommand(WhoAmI);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
