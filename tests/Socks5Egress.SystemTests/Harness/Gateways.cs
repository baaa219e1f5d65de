using System.Collections.Concurrent;
using Socks5Egress.SystemTests.Harness;
using Xunit;

[assembly: AssemblyFixture(typeof(Gateways))]

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// One ordinary gateway a transport (loopback open, nothing else set), shared by the tests that need nothing
/// special and count nothing. A test that counts descriptors, memory or all sessions starts its own.
/// </summary>
public sealed class Gateways : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<GatewayProcess>>> _shared = new();

    internal Task<GatewayProcess> SharedAsync(string transport) =>
        _shared.GetOrAdd(transport, name => new(() => GatewayProcess.StartAsync(name))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _shared.Values) await (await gateway.Value).DisposeAsync();
    }
}
