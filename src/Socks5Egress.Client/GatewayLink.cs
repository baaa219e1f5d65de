using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>A connection to a gateway, before there is one to a target.</summary>
/// <param name="Address">Where it leads.</param>
/// <param name="Socket">The connection, inside TLS where the gateway has that.</param>
/// <param name="Handshake">How far it has got.</param>
/// <param name="Raw">The connection below TLS, which knows when it is closed.</param>
internal sealed record GatewayLink(GatewayAddress Address, Socket Socket, Handshake Handshake, GatewaySocket Raw)
{
    /// <summary>From here on it counts as a session of its gateway.</summary>
    public void CountIn(GatewayLoadTracker loads) => Raw.AlsoWhenClosed(loads.Enter(Address.EndPoint));
}
