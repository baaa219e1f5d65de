using System.IO.Pipelines;
using System.Net;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.ProxyProtocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>Who a client is, before it has said what it wants.</summary>
/// <param name="Client">Whom logs, rules and limits see.</param>
/// <param name="Entrance">The address that this client connected to.</param>
/// <param name="End">Why it is not served; <see cref="EndReason.None"/> to go on.</param>
internal readonly record struct ClientIdentity(IPEndPoint Client, IPEndPoint Entrance, EndReason End)
{
    /// <summary>
    /// Learns who a client is: the connection's own peer, or on a listener that requires it the one that the PROXY header names. That header
    /// stands before every other byte, TLS too. It is required or it is not looked for: a listener that took either would believe any client.
    /// </summary>
    /// <param name="leg">The connection.</param>
    /// <param name="lease">What the connection was granted so far; the client's address is added.</param>
    /// <param name="cancellation">The handshake deadline.</param>
    public static async ValueTask<ClientIdentity> ReadAsync(ILeg leg, Lease lease, CancellationToken cancellation)
    {
        var (client, entrance) = (leg.RemoteEndPoint, leg.LocalEndPoint);
        // One snapshot for all of it: when another one holds by the end, the whole is judged again
        var rules = lease.Rules;
        var listener = lease.ListenerOf(rules);
        IPAddress? sender = null;
        if (listener.RequiresProxyHeader)
        {
            // Before a byte is read: who may not say who a client is has nothing to say here
            sender = AddressLiteral.Canonical(client.Address);
            if (!listener.TakesHeaderOf(sender)) return new ClientIdentity(client, entrance, EndReason.BadProxyHeader);
            if (!lease.Hold(lease.Grant with { Sender = sender }, rules)) return new ClientIdentity(client, entrance, EndReason.NowForbidden);
            var (named, end) = await ReadHeaderAsync(leg.Input, cancellation);
            if (end != EndReason.None) return new ClientIdentity(client, entrance, end);
            // A header that names nobody is the proxy's own connection, such as a health check
            (client, entrance) = (named.Source ?? client, named.Destination ?? entrance);
        }
        var address = AddressLiteral.Canonical(client.Address);
        if (!listener.Admits(address)) return new ClientIdentity(client, entrance, EndReason.ClientNotAllowed);
        return new ClientIdentity(client, entrance, lease.Hold(lease.Grant with { Client = address, Sender = sender }, rules) ? EndReason.None : EndReason.NowForbidden);
    }

    private static async ValueTask<((IPEndPoint? Source, IPEndPoint? Destination) Named, EndReason End)> ReadHeaderAsync(
        PipeReader input, CancellationToken cancellation)
    {
        try
        {
            var header = await MessageReader.ReadAsync(
                input, ProxyHeader.Read, static header => (header.ToSource(), header.ToDestination()), cancellation);
            return (header.Value, header.Status switch
            {
                ParseStatus.Done => EndReason.None,
                ParseStatus.Invalid => EndReason.BadProxyHeader,
                _ => header.Empty ? EndReason.ClientSilent : EndReason.ClientGone,
            });
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault) && fault == LegFault.Reset)
        {
            // Checks of a proxy close like that, perhaps before their header was read
            return (default, EndReason.ClientSilent);
        }
    }
}
