using System.Globalization;
using System.Net;
using Socks5Egress.Client;
using Socks5Egress.Client.StackExchangeRedis;
using Socks5Egress.SystemTests.Harness;
using StackExchange.Redis;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Drivers of Redis, which says to each client where it sees it.</summary>
public sealed class RedisDriverTests(EgressSetup setup)
{
    private const string Egress = "127.0.0.77";

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task StackExchange_Redis_goes_through_its_tunnel(string transport)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(await OptionsAsync(SocksProxy.Of(await setup.GatewayAsync(transport))));
        await redis.GetDatabase().StringSetAsync("key-" + transport, "value");
        Assert.Equal("value", await redis.GetDatabase().StringGetAsync("key-" + transport));
        var me = (long)await redis.GetDatabase().ExecuteAsync("CLIENT", "ID");
        var clients = await redis.GetServers().Single().ClientListAsync();
        Assert.Equal(IPAddress.Parse(Egress), Assert.IsType<IPEndPoint>(clients.Single(client => client.Id == me).Address).Address);
    }

    [Fact]
    public async Task StackExchange_Redis_fails_when_the_gateway_is_down()
    {
        using var dead = new DeadGateway();
        await Assert.ThrowsAsync<RedisConnectionException>(async () => await ConnectionMultiplexer.ConnectAsync(await OptionsAsync(dead.Proxy)));
    }

    [Fact]
    public Task Redis_py_takes_a_socket() => WorksAndFailsClosedAsync(
        (server, proxy) => DriverScripts.PythonAsync("redis", Place(server), null, null, null, proxy));

    [Fact]
    public Task Ioredis_takes_a_connector() => WorksAndFailsClosedAsync(
        (server, proxy) => DriverScripts.NodeAsync("ioredis", Place(server), null, null, null, proxy));

    [Fact]
    public Task Redis_cli_goes_through_a_forward() => WorksAndFailsClosedAsync(async (server, proxy) =>
    {
        await using var forward = await ForwardProcess.StartAsync($"127.0.0.1:{server.Port}", proxy.Url, "--retry", "0");
        var result = await ExternalProgram.RunAsync("redis-cli", ["-h", "127.0.0.1", "-p", forward.Port.ToString(CultureInfo.InvariantCulture), "CLIENT", "INFO"]);
        // redis-cli ends with 0 also when it could not connect: what it says is the answer
        var address = result.Output.Split(' ').FirstOrDefault(word => word.StartsWith("addr=", StringComparison.Ordinal));
        return address is null ? result with { ExitCode = 1 } : result with { Output = address["addr=".Length..address.LastIndexOf(':')] };
    });

    private async Task WorksAndFailsClosedAsync(Func<RedisServer, SocksProxy, Task<ProgramResult>> ask)
    {
        var server = await setup.RedisAsync();
        var result = await ask(server, SocksProxy.Of(await setup.GatewayAsync("auto")));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Egress, result.Output.Trim());
        using var dead = new DeadGateway();
        DeadGateway.AssertFailedWithoutServer(await ask(server, dead.Proxy));
    }

    private static IPEndPoint Place(RedisServer server) => new(IPAddress.Loopback, server.Port);

    private async Task<ConfigurationOptions> OptionsAsync(SocksProxy proxy) => new()
    {
        EndPoints = { { "localhost", (await setup.RedisAsync()).Port } },
        Tunnel = new Socks5Tunnel(new Socks5Client(Socks5Proxy.Parse(proxy.Url))),
        AllowAdmin = true,
        ConnectTimeout = 20_000,
        ConnectRetry = 1,
    };
}
