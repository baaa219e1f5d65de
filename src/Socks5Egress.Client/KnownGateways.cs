using System.Collections.Concurrent;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Client;

/// <summary>
/// Which gateway addresses take a whole handshake in one write, and with which method. Any other server gets one message at a time: some drop what comes
/// early, and one waits for ever.
/// </summary>
internal sealed class KnownGateways
{
    /// <summary>Addresses come and go with a name: so many are kept at most.</summary>
    private const int Limit = 1024;

    private readonly ConcurrentDictionary<GatewayAddress, AuthMethod> _methods = new();

    /// <summary>The private method that it chose, or null.</summary>
    public AuthMethod? MethodOf(GatewayAddress address) => _methods.TryGetValue(address, out var method) ? method : null;

    /// <summary>A handshake was done.</summary>
    public void Remember(GatewayAddress address, AuthMethod method)
    {
        if (_methods.Count >= Limit) _methods.Clear();
        _methods[address] = method;
    }

    /// <summary>A handshake failed: another program may listen there by now.</summary>
    public void Forget(GatewayAddress address) => _methods.TryRemove(address, out _);
}
