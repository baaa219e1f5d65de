using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Transport.Sockets;

namespace Socks5Egress.Admin;

/// <summary>A step in front of the server: a connection that left by the gateway itself is closed before it is read.</summary>
internal sealed class AdminHairpin(Hairpins hairpins, ConnectionDelegate next)
{
    public async Task ServeAsync(ConnectionContext context)
    {
        if (context is not { RemoteEndPoint: IPEndPoint peer, LocalEndPoint: IPEndPoint local })
        {
            await next(context);
            return;
        }
        var socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        var family = AddressLiteral.Canonical(peer.Address).AddressFamily;
        var dialed = socket is null ? null : SocketOptions.OriginalDestination(socket, family);
        using var passage = hairpins.Arrive(peer, dialed ?? local, static context => ((ConnectionContext)context).Abort(), context);
        if (passage is null) context.Abort();
        else await next(context);
    }
}
