using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Opens connections to gateways, as far as they can be without a target.</summary>
internal sealed class GatewayOpener(IReadOnlyList<Socks5Proxy> proxies, GatewayLoadTracker loads, KnownGateways known, TimeProvider time)
{
    /// <summary>A gateway that takes a connection and then says nothing must not use up the time of the others.</summary>
    public static readonly TimeSpan NegotiationLimit = TimeSpan.FromSeconds(5);

    /// <summary>Every address of every gateway, best first. Names are looked up anew; one that does not resolve is no failure while another does.</summary>
    public async Task<List<GatewayAddress>> ResolveAsync(ConnectDeadline deadline) =>
        loads.Order(await deadline.WithinAsync(Socks5Stage.Resolve, proxies[0], null, token => LookUpAsync(deadline.Target, token)));

    /// <summary>
    /// Connects to the first address that answers, does TLS, and greets a gateway that is not known. The connection is closed when that fails.
    /// </summary>
    /// <param name="addresses">In the order to be tried. The winner and those that failed are taken out.</param>
    /// <param name="deadline">The time.</param>
    public async Task<GatewayLink> OpenAsync(List<GatewayAddress> addresses, ConnectDeadline deadline)
    {
        var (raw, address) = await deadline.WithinAsync(Socks5Stage.Connect, addresses[0].Proxy, null,
            token => new HappyEyeballsConnector(loads, time).RunAsync(addresses, deadline.Target, token));
        Socket socket = raw;
        try
        {
            var proxy = address.Proxy;
            var failures = new Socks5Errors(proxy, deadline.Target);
            if (proxy.Tls is not null)
                socket = await deadline.WithinAsync(Socks5Stage.Secure, proxy, NegotiationLimit, token => TlsTunnel.OpenAsync(raw, proxy, failures, token));
            var bought = proxy.Passwords is { } passwords
                ? await deadline.WithinAsync(Socks5Stage.Authenticate, proxy, null, token => passwords.OfAsync(address.EndPoint, failures, token)) : null;
            var handshake = new Handshake(socket, proxy, failures, bought);
            if (known.MethodOf(address) is { } method) handshake.Assume(method);
            else
            {
                await deadline.WithinAsync(Socks5Stage.Negotiate, proxy, addresses.Count > 0 ? NegotiationLimit : null,
                    token => handshake.NegotiateAsync(proxy.Pipelines, token));
                if (handshake.Pipelines) known.Remember(address, handshake.Method);
            }
            return new GatewayLink(address, socket, handshake, raw);
        }
        catch (Socks5Exception e)
        {
            socket.Dispose();
            // A bought password that was good before: the next one is tried with the same gateway
            if (e is { Stage: Socks5Stage.Authenticate, IsTransient: true, InnerException: null } && address.Proxy.Login is not null) addresses.Insert(0, address);
            else if (e.IsGatewayFault) loads.Failed(address.EndPoint);
            throw;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IReadOnlyList<GatewayAddress>> LookUpAsync(string target, CancellationToken cancellation)
    {
        var addresses = new List<GatewayAddress>();
        Socks5Exception? failure = null;
        foreach (var lookup in proxies.Select(proxy => (Proxy: proxy, Task: Dns.GetHostAddressesAsync(proxy.Host, cancellation))).ToList())
        {
            try
            {
                addresses.AddRange((await lookup.Task).Select(ip => new GatewayAddress(lookup.Proxy, new IPEndPoint(ip, lookup.Proxy.Port))));
            }
            catch (SocketException e)
            {
                failure = new Socks5Errors(lookup.Proxy, target).NotResolved(e);
            }
        }

        if (addresses.Count > 0) return addresses;
        throw failure ?? new Socks5Errors(proxies[0], target).NotResolved(new SocketException((int)SocketError.NoData));
    }
}
