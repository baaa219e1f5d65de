using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Socks5Egress.Client.StackExchangeRedis;

/// <summary>
/// Leads every connection of a multiplexer through the gateways of a <see cref="Socks5Client"/>; set it as
/// <see cref="ConfigurationOptions.Tunnel"/>. Endpoints stay the servers' own, so TLS goes on checking their names, and names are
/// resolved by the gateway as long as <see cref="ConfigurationOptions.ResolveDns"/> is off, which it is by default.
/// </summary>
/// <param name="client">Knows the gateways.</param>
public sealed class Socks5Tunnel(Socks5Client client) : Tunnel
{
    private readonly Socks5Client _client = client ?? throw new ArgumentNullException(nameof(client));

    /// <summary>Null: the library opens no socket of its own.</summary>
    /// <param name="endpoint">The server.</param>
    /// <param name="cancellationToken">Not used.</param>
    public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
        ValueTask.FromResult<EndPoint?>(null);

    /// <summary>Connects to the server through a gateway.</summary>
    /// <param name="endpoint">The server, a name or an address.</param>
    /// <param name="connectionType">Not used: every type goes the same way.</param>
    /// <param name="socket">None, see <see cref="GetSocketConnectEndpointAsync"/>.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="Socks5Exception">It cannot be had; the multiplexer reports it as the connection's failure.</exception>
    /// <exception cref="NotSupportedException">The endpoint is a Unix socket, which lies on no network.</exception>
    public override async ValueTask<Stream?> BeforeAuthenticateAsync(
        EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
    {
        var (host, port) = endpoint switch
        {
            DnsEndPoint name => (name.Host, name.Port),
            IPEndPoint address => (address.Address.ToString(), address.Port),
            _ => throw new NotSupportedException($"A gateway reaches names and addresses only, not {endpoint}."),
        };
        return await _client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The gateways, without passwords.</summary>
    public override string ToString() => string.Join(',', _client.Proxies);
}
