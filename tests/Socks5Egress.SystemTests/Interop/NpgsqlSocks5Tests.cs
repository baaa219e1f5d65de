using Npgsql;
using Socks5Egress.Client;
using Socks5Egress.Client.Npgsql;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary><c>UseSocks5</c>: the connection string is the one that there would be without a gateway.</summary>
public sealed class NpgsqlSocks5Tests(EgressSetup setup)
{
    private const string Egress = "127.0.0.77";

    [Theory]
    [InlineData("localhost")]
    [InlineData("nobody.invalid,localhost")]
    public async Task Host_and_port_stay_and_the_certificate_is_checked_against_them(string hosts)
    {
        var server = await setup.ServerAsync();
        var failures = new List<string>();
        var client = new Socks5Client(Socks5Proxy.ParseList(SocksProxy.Of(await setup.GatewayAsync("auto")).Url), new Socks5ClientOptions { OnFailure = failure => failures.Add(failure.Message) });
        var builder = new NpgsqlDataSourceBuilder(
            $"Host={hosts};Port={server.Port};Username={PostgresServer.User};Password={PostgresServer.Password};Database=postgres;SSL Mode=VerifyFull;Root Certificate={server.CertificateFile}");
        builder.UseSocks5(client, new Socks5ForwarderOptions { RetryFor = TimeSpan.Zero });
        await using var source = builder.Build();
        await using var command = source.CreateCommand("select host(inet_client_addr())");
        Assert.Equal(Egress, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(hosts.Contains(',', StringComparison.Ordinal), failures.Any(sentence => sentence.Contains("nobody.invalid", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_names_no_server_is_refused()
    {
        var client = new Socks5Client(new Socks5Proxy("127.0.0.1"));
        Assert.Throws<ArgumentException>(() => new NpgsqlDataSourceBuilder("Username=a").UseSocks5(client));
        Assert.Throws<ArgumentException>(() => new NpgsqlDataSourceBuilder("Host=/run/postgresql").UseSocks5(client));
    }
}
