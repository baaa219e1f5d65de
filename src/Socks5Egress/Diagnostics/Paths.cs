using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Diagnostics;

/// <summary>The steps from here to a connected target: directly, or through a gateway.</summary>
internal static class Paths
{
    /// <summary>For an address behind which there are more: a second and a third SYN have gone out by then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3.5);

    /// <summary>Looks the name up here and connects.</summary>
    /// <returns>The connection, or null when a step found fault.</returns>
    public static async Task<Socket?> DirectAsync(Steps steps, CheckTarget target, Resolver resolver)
    {
        IReadOnlyList<IPAddress> addresses = [];
        if (!await steps.DoAsync("name", async token =>
        {
            addresses = target.Place.Address is { } literal ? [literal] : await ResolveAsync(resolver, target, token);
            return new Finding(string.Join(", ", addresses.Take(3).Select(address => address.ToString())) + (addresses.Count > 3 ? ", …" : ""));
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
        var failures = new Socks5Errors(gateway, target.Place.ToString());
        Socket? socket = null;
        Handshake? handshake = null;
        var address = new IPEndPoint(IPAddress.None, 0);
        var connected = await steps.DoAsync("gateway", async token =>
        {
            socket = await ReachAsync(gateway, failures, target.Place.ToString(), token);
            address = (IPEndPoint)socket.RemoteEndPoint!;
            return new Finding("reached at " + ((IPEndPoint)socket.RemoteEndPoint!).Address);
        }) && (gateway.Tls is null || await steps.DoAsync("secure", async token =>
        {
            socket = await TlsTunnel.OpenAsync(socket!, gateway, failures, token);
            return new Finding("TLS, certificate accepted");
        })) && await steps.DoAsync("login", async token =>
        {
            var bought = gateway.Passwords is { } passwords ? await passwords.OfAsync(address, failures, token) : null;
            handshake = new Handshake(socket!, gateway, failures, bought);
            await handshake.NegotiateAsync(gateway.Pipelines, token);
            // One message at a time all the same: each step has its own finding
            await handshake.ExchangeAsync(token);
            if (bought is not null) return new Finding($"as {bought.Credentials.UserName}, by the token of {gateway.Login!.Name}");
            return new Finding(gateway.Credentials is { } who ? "as " + who.UserName : "none asked");
        }) && await steps.DoAsync("connect", async token =>
        {
            await handshake!.SendRequestAsync(Command.Connect, target.Place, new EarlyCursor(EarlyBytes.None), token);
            var bound = await handshake.ReadReplyAsync(token);
            var from = bound.Address is { } address && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? AddressLiteral.Canonical(address).ToString() : null;
            return new Finding(from is null ? "allowed and connected" : "allowed, from " + from);
        });
        if (connected) return socket;
        socket?.Dispose();
        return null;
    }

    /// <summary>As <c>run</c> would, with the same options.</summary>
    private static async Task<IReadOnlyList<IPAddress>> ResolveAsync(Resolver resolver, CheckTarget target, CancellationToken token)
    {
        var last = EndReason.NameNotResolved;
        foreach (var candidate in NameCandidates.Of(target.Place, resolver.SearchList))
        {
            var name = candidate.Name!.TrimEnd('.').ToLowerInvariant();
            var answer = await resolver.ResolveAsync(new LookupRequest(name, LookupClient.Gateway), token);
            token.ThrowIfCancellationRequested();
            if (answer.End == EndReason.None) return answer.Addresses;
            last = answer.End;
            if (last != EndReason.NameNotResolved) break;
        }
        throw new SocketException((int)(last == EndReason.NameNotResolved ? SocketError.HostNotFound : SocketError.TryAgain));
    }

    private static async Task<Socket> ReachAsync(Socks5Proxy gateway, Socks5Errors failures, string target, CancellationToken token)
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

        // As forward does it: an address that swallows connects costs a quarter of a second
        var places = addresses.Select(address => new GatewayAddress(gateway, new IPEndPoint(address, gateway.Port))).ToList();
        return (await new HappyEyeballsConnector(new GatewayLoadTracker(TimeProvider.System, 0), TimeProvider.System).RunAsync(places, target, token)).Socket;
    }

    /// <summary>The first address that takes a connection; the last one's failure when none does. One that swallows connects leaves time for the next.</summary>
    private static async Task<Socket> FirstOfAsync(IReadOnlyList<IPAddress> addresses, ushort port, CancellationToken token)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var patience = new CancellationTokenSource(address.Equals(addresses[^1]) ? Timeout.InfiniteTimeSpan : Patience, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(token, patience.Token);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), either.Token);
                return socket;
            }
            catch (Exception fault)
            {
                socket.Dispose();
                var silent = patience.IsCancellationRequested && !token.IsCancellationRequested;
                if (fault is not SocketException && !silent) throw;
                last = fault as SocketException ?? new SocketException((int)SocketError.TimedOut);
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }
}
