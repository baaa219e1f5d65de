using System.Globalization;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A Redis of its own on 127.0.0.1, without a password and without a file.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private RedisServer(ServerProcess process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static async Task<RedisServer> StartAsync()
    {
        var port = FreePort.Pick();
        return new RedisServer(await ServerProcess.StartAsync(port, "redis-server", "--port", port.ToString(CultureInfo.InvariantCulture),
            "--bind", "127.0.0.1", "--protected-mode", "no", "--save", "", "--appendonly", "no"), port);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
