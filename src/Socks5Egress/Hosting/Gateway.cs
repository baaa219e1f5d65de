using Socks5Egress.Hosting.Configuration;

namespace Socks5Egress.Hosting;

/// <summary>Runs the gateway until it is told to stop.</summary>
internal static class Gateway
{
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(GatewaySettings settings, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(settings);
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(0);
    }
}
