using System.Collections.Concurrent;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

[assembly: AssemblyFixture(typeof(EgressSetup))]

namespace Socks5Egress.SystemTests.Interop;

/// <summary>
/// The demonstration: servers that admit one address, and one gateway a transport that leaves from it. Each
/// starts when the first test asks for it.
/// </summary>
public sealed class EgressSetup : IAsyncDisposable
{
    /// <summary>The options of the demonstration.</summary>
    internal static readonly string[] Options = ["--bind", PostgresServer.AdmittedSource.ToString(), "--allow", "127.0.0.0/8"];

    private readonly Lazy<Task<PostgresServer>> _server = new(() => PostgresServer.StartAsync());
    private readonly Lazy<Task<MariaDbServer>> _mariaDb = new(() => MariaDbServer.StartAsync());
    private readonly Lazy<Task<PostgresServer>> _plain = new(() => PostgresServer.StartAsync(tls: false));
    private readonly Lazy<Task<PostgresServer>> _other = new(() => PostgresServer.StartAsync(tls: true, "*.b.pg.test"));
    private readonly Lazy<Task<RedisServer>> _redis = new(RedisServer.StartAsync);
    private readonly ConcurrentDictionary<string, Lazy<Task<GatewayProcess>>> _gateways = new();

    internal Task<PostgresServer> ServerAsync() => _server.Value;

    internal Task<MariaDbServer> MariaDbAsync() => _mariaDb.Value;

    /// <summary>One without TLS.</summary>
    internal Task<PostgresServer> PlainAsync() => _plain.Value;

    /// <summary>One more, whose certificate names *.b.pg.test as well.</summary>
    internal Task<PostgresServer> OtherAsync() => _other.Value;

    internal Task<RedisServer> RedisAsync() => _redis.Value;

    internal Task<GatewayProcess> GatewayAsync(string transport) => _gateways.GetOrAdd(transport, name =>
        new(() => GatewayProcess.StartAsync(new GatewayStart { Transport = name, Options = Options }))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways.Values) await (await gateway.Value).DisposeAsync();
        if (_server.IsValueCreated) await (await _server.Value).DisposeAsync();
        if (_plain.IsValueCreated) await (await _plain.Value).DisposeAsync();
        if (_other.IsValueCreated) await (await _other.Value).DisposeAsync();
        if (_mariaDb.IsValueCreated) await (await _mariaDb.Value).DisposeAsync();
        if (_redis.IsValueCreated) await (await _redis.Value).DisposeAsync();
    }
}
