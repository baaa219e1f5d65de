using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>A gateway that knows names of the test's own, by an <c>/etc/hosts</c> of its own.</summary>
internal sealed class HostsGateway : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private GatewayProcess? _gateway;

    /// <param name="lines">Lines of <c>/etc/hosts</c>.</param>
    public async Task<SocksProxy> StartAsync(params string[] lines)
    {
        _gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = EgressSetup.Options,
            Through = HostsFile.Through(_folder, lines),
        });
        return SocksProxy.Of(_gateway);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        _folder.Dispose();
    }
}
