using System.Globalization;
using System.Net;
using Npgsql;
using Socks5Egress.Client;
using Socks5Egress.Client.Npgsql;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Drivers of PostgreSQL beside those of <see cref="DatabaseClientTests"/>: the server sees the egress address, and names in certificates stay checked.</summary>
public sealed class PostgresDriverTests(EgressSetup setup)
{
    private const string Egress = "127.0.0.77";
    private const string WhoAmI = "select host(inet_client_addr())";

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Npgsql_keeps_VerifyFull(string transport)
    {
        await using var forwarder = await ForwarderAsync(SocksProxy.Of(await setup.GatewayAsync(transport)), "localhost");
        Assert.Equal(Egress, await AskAsync(forwarder));
    }

    [Fact]
    public async Task Npgsql_refuses_a_certificate_for_another_name()
    {
        await using var forwarder = await ForwarderAsync(SocksProxy.Of(await setup.GatewayAsync("auto")), "localhost");
        var failure = await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(forwarder, name: "db.example.test"));
        Assert.Contains("RemoteCertificate", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Npgsql_fails_when_the_gateway_is_down()
    {
        using var dead = new DeadGateway();
        await using var forwarder = await ForwarderAsync(dead.Proxy, "localhost");
        DeadGateway.AssertNotTheServers((await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(forwarder))).ToString());
    }

    [Theory]
    [InlineData("psycopg2")]
    [InlineData("asyncpg")]
    public async Task A_Python_driver_goes_through_a_forward(string driver)
    {
        var server = await setup.ServerAsync();
        await using var forward = await ForwardProcess.StartAsync($"localhost:{server.Port}", SocksProxy.Of(await setup.GatewayAsync("auto")).Url);
        var result = await PythonAsync(driver, server, forward.EndPoint);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Egress, result.Output.Trim());
    }

    [Theory]
    [InlineData("psycopg2")]
    [InlineData("asyncpg")]
    public async Task A_Python_driver_fails_when_the_gateway_is_down(string driver)
    {
        using var dead = new DeadGateway();
        var server = await setup.ServerAsync();
        await using var forward = await ForwardProcess.StartAsync($"localhost:{server.Port}", dead.Proxy.Url, "--retry", "0");
        DeadGateway.AssertFailedWithoutServer(await PythonAsync(driver, server, forward.EndPoint));
    }

    [Fact]
    public async Task Postgres_js_takes_a_socket()
    {
        var server = await setup.ServerAsync();
        var result = await PostgresJsAsync(server, SocksProxy.Of(await setup.GatewayAsync("auto")));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Egress, result.Output.Trim());
        using var dead = new DeadGateway();
        DeadGateway.AssertFailedWithoutServer(await PostgresJsAsync(server, dead.Proxy));
    }

    [Fact]
    public async Task Psql_goes_through_a_forward_and_checks_the_name()
    {
        var server = await setup.ServerAsync();
        await using var forward = await ForwardProcess.StartAsync($"localhost:{server.Port}", SocksProxy.Of(await setup.GatewayAsync("auto")).Url);
        var right = await PsqlAsync(server, forward, "localhost");
        Assert.True(right.ExitCode == 0, right.ToString());
        Assert.Equal(Egress, right.Output.Trim());

        var wrong = await PsqlAsync(server, forward, "db.example.test");
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.Contains("does not match host name \"db.example.test\"", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("does not accept the certificate", (await forward.StopAsync()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Psql_fails_when_the_gateway_is_down()
    {
        using var dead = new DeadGateway();
        var server = await setup.ServerAsync();
        await using var forward = await ForwardProcess.StartAsync($"localhost:{server.Port}", dead.Proxy.Url, "--retry", "0");
        DeadGateway.AssertFailedWithoutServer(await PsqlAsync(server, forward, "localhost"));
    }

    private static Task<ProgramResult> PsqlAsync(PostgresServer server, ForwardProcess forward, string name)
    {
        var environment = DatabaseClient.Libpq(server, name);
        environment["PGHOSTADDR"] = forward.EndPoint.Address.ToString();
        environment["PGPORT"] = forward.Port.ToString(CultureInfo.InvariantCulture);
        return ExternalProgram.RunAsync(PostgresServer.Program("psql"), ["-X", "-A", "-t", "-c", WhoAmI], environment);
    }

    private static Task<ProgramResult> PythonAsync(string driver, PostgresServer server, IPEndPoint place) =>
        DriverScripts.PythonAsync(driver, place, server.CertificateFile, PostgresServer.User, PostgresServer.Password, null);

    private static Task<ProgramResult> PostgresJsAsync(PostgresServer server, SocksProxy proxy) => DriverScripts.NodeAsync(
        "postgres.js", new IPEndPoint(IPAddress.Loopback, server.Port), server.CertificateFile, PostgresServer.User, PostgresServer.Password, proxy);

    private async Task<Socks5Forwarder> ForwarderAsync(SocksProxy proxy, string host) => Socks5Forwarder.Start(
        new Socks5Client(Socks5Proxy.Parse(proxy.Url)), host, (await setup.ServerAsync()).Port, new Socks5ForwarderOptions { RetryFor = TimeSpan.Zero });

    private async Task<object?> AskAsync(Socks5Forwarder forwarder, string? name = null)
    {
        var server = await setup.ServerAsync();
        await using var source = forwarder.CreateNpgsqlDataSource(
            $"Username={PostgresServer.User};Password={PostgresServer.Password};Database={PostgresServer.Database};SSL Mode=VerifyFull;Root Certificate={server.CertificateFile};Timeout=20",
            builder =>
            {
                if (name is not null) builder.UseSslClientAuthenticationOptionsCallback(options => options.TargetHost = name);
            });
        await using var command = source.CreateCommand(WhoAmI);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
