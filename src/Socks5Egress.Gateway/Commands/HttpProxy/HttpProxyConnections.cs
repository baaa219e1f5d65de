using System.Collections.Concurrent;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>The HTTP connections there are, for whoever stops the gateway.</summary>
internal sealed class HttpProxyConnections
{
    private readonly ConcurrentDictionary<HttpProxyConnection, byte> _all = new();
    private volatile bool _draining;

    /// <summary>Serves one connection until it ends.</summary>
    public async ValueTask<HttpEnd> ServeAsync(HttpProxyConnection connection)
    {
        _all.TryAdd(connection, 0);
        try
        {
            if (_draining) connection.Leave(EndReason.DrainIdle);
            return await connection.RunAsync();
        }
        finally
        {
            _all.TryRemove(connection, out _);
        }
    }

    /// <summary>Lets requests that are under way finish, and closes what waits for one.</summary>
    public void Drain()
    {
        _draining = true;
        foreach (var (connection, _) in _all) connection.Leave(EndReason.DrainIdle);
    }
}
