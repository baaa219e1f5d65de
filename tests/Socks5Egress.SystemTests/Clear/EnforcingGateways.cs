using System.Collections.Concurrent;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>One gateway a transport with <c>--require-tls enforce</c> and loopback open, shared by the tests of a class.</summary>
public sealed class EnforcingGateways : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<GatewayProcess>>> _shared = new();

    internal Task<GatewayProcess> EnforcingAsync(string transport) =>
        _shared.GetOrAdd(transport, name => new(() => GatewayProcess.StartAsync(name, "--require-tls", "enforce"))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _shared.Values) await (await gateway.Value).DisposeAsync();
    }
}
