using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Checking;

/// <summary>The steps from here to a connected target: directly, or through a gateway.</summary>
internal static class Ways
{
    /// <summary>Looks the name up here and connects.</summary>
    /// <returns>The connection, or null when a step found fault.</returns>
    public static async Task<Socket?> DirectAsync(Steps steps, CheckTarget target)
    {
        IPAddress[] addresses = [];
        if (!await steps.DoAsync("name", async token =>
        {
            addresses = target.Place.Address is { } literal ? [literal] : await Dns.GetHostAddressesAsync(target.Host, token);
            return new Finding(string.Join(", ", addresses.Take(3).Select(address => address.ToString())) + (addresses.Length > 3 ? ", …" : ""));
        })) return null;

        Socket? socket = null;
        await steps.DoAsync("connect", async token =>
        {
            socket = await FirstOfAsync(addresses, target.Place.Port, token);
            return new Finding("from " + ((IPEndPoint)socket.LocalEndPoint!).Address);
        });
        return socket;
    }

    /// <summary>Reaches the gateway, logs in, and asks it for the target.</summary>
    /// <returns>The connection, or null when a step found fault.</returns>
    public static async Task<Socket?> ThroughAsync(Steps steps, CheckTarget target, Socks5Proxy gateway)
    {
        var failures = new Failures(gateway, target.Place.ToString());
        Socket? socket = null;
        var connected = await steps.DoAsync("gateway", async token =>
        {
            socket = await ReachAsync(gateway, failures, token);
            return new Finding("reached at " + ((IPEndPoint)socket.RemoteEndPoint!).Address);
        }) && await steps.DoAsync("login", async token =>
        {
            await Handshake.NegotiateAsync(socket!, gateway, failures, token);
            return new Finding(gateway.Credentials is { } who ? "as " + who.UserName : "none asked");
        }) && await steps.DoAsync("connect", async token =>
        {
            var bound = await Handshake.RequestAsync(socket!, Command.Connect, target.Place, failures, token);
            var from = bound.Address is { } address && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? AddressLiteral.Canonical(address).ToString() : null;
            return new Finding(from is null ? "allowed and connected" : "allowed, from " + from);
        });
        if (connected) return socket;
        socket?.Dispose();
        return null;
    }

    private static async Task<Socket> ReachAsync(Socks5Proxy gateway, Failures failures, CancellationToken token)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await Dns.GetHostAddressesAsync(gateway.Host, token);
        }
        catch (SocketException fault)
        {
            throw failures.NotResolved(fault);
        }

        try
        {
            return await FirstOfAsync(addresses, (ushort)gateway.Port, token);
        }
        catch (SocketException fault)
        {
            throw failures.NotConnected(fault);
        }
    }

    /// <summary>The first address that takes a connection; the last one's failure when none does.</summary>
    private static async Task<Socket> FirstOfAsync(IPAddress[] addresses, ushort port, CancellationToken token)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), token);
                return socket;
            }
            catch (Exception fault)
            {
                socket.Dispose();
                if (fault is not SocketException refused) throw;
                last = refused;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }
}
