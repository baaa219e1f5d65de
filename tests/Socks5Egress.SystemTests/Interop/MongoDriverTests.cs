using MongoDB.Bson;
using MongoDB.Driver;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>MongoDB.Driver with its own <c>proxyHost</c>, against <see cref="MongoStandIn"/>.</summary>
public sealed class MongoDriverTests(EgressSetup setup)
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task ProxyHost_leads_through_the_gateway(string transport)
    {
        await using var server = MongoStandIn.Start();
        var answer = await PingAsync(server, SocksProxy.Of(await setup.GatewayAsync(transport)), TimeSpan.FromSeconds(20));
        Assert.Equal("127.0.0.77", answer["you"].AsString);
    }

    [Fact]
    public async Task It_fails_when_the_gateway_is_down()
    {
        await using var server = MongoStandIn.Start();
        using var dead = new DeadGateway();
        await Assert.ThrowsAnyAsync<Exception>(() => PingAsync(server, dead.Proxy, TimeSpan.FromSeconds(2)));
        Assert.Equal(0, server.Accepted);
    }

    private static async Task<BsonDocument> PingAsync(RawTarget server, SocksProxy proxy, TimeSpan limit)
    {
        var url = $"mongodb://localhost:{server.EndPoint.Port}/?directConnection=true&proxyHost={proxy.EndPoint.Address}&proxyPort={proxy.EndPoint.Port}";
        var settings = MongoClientSettings.FromConnectionString(url);
        settings.ServerSelectionTimeout = limit;
        using var client = new MongoClient(settings);
        return await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1), cancellationToken: TestContext.Current.CancellationToken);
    }
}
