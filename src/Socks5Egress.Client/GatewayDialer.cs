using System.Net;
using System.Net.Sockets;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Client;

/// <summary>
/// One connection through whichever gateway takes it: names looked up anew, least used first, the next one when a gateway is
/// at fault. What a gateway says about the target is final: another one would only say it again, later.
/// </summary>
internal sealed class GatewayDialer(IReadOnlyList<Socks5Proxy> proxies, Socks5ClientOptions options)
{
    /// <summary>A gateway that takes a connection and then says nothing must not use up the time of the others.</summary>
    private static readonly TimeSpan NegotiationLimit = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time = options.TimeProvider;
    private readonly GatewayLoadTracker _loads = new(options.TimeProvider, Random.Shared.Next());

    /// <exception cref="Socks5Exception">No gateway took it, or one refused it.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<Socket> ConnectAsync(Destination target, CancellationToken cancellation)
    {
        var began = _time.GetTimestamp();
        var name = target.ToString();
        var addresses = _loads.Order(await WithinAsync(
            Socks5Stage.Resolve, proxies[0], name, began, null, token => ResolveAsync(name, token), cancellation));
        while (true)
        {
            var (raw, address) = await WithinAsync(Socks5Stage.Connect, addresses[0].Proxy, name, began, null,
                token => new HappyEyeballsConnector(_loads, _time).RunAsync(addresses, name, token), cancellation);
            Socket socket = raw;
            try
            {
                socket = await SecureAsync(raw, address.Proxy, name, began, cancellation);
                await ShakeHandsAsync(socket, address.Proxy, target, name, began, addresses.Count > 0 ? NegotiationLimit : null, cancellation);
                _loads.Succeeded(address.EndPoint);
                return socket;
            }
            catch (Socks5Exception e) when (e.IsGatewayFault && addresses.Count > 0 && Left(began) > TimeSpan.Zero)
            {
                socket.Dispose();
                _loads.Failed(address.EndPoint);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task<Socket> SecureAsync(Socket raw, Socks5Proxy proxy, string name, long began, CancellationToken cancellation) =>
        proxy.Tls is null ? raw : await WithinAsync(Socks5Stage.Secure, proxy, name, began, NegotiationLimit,
            token => TlsTunnel.OpenAsync(raw, proxy, new Socks5Errors(proxy, name), token), cancellation);

    private async Task ShakeHandsAsync(
        Socket socket, Socks5Proxy proxy, Destination target, string name, long began, TimeSpan? limit, CancellationToken cancellation)
    {
        var failures = new Socks5Errors(proxy, name);
        await WithinAsync(Socks5Stage.Negotiate, proxy, name, began, limit, async token =>
        {
            await Handshake.NegotiateAsync(socket, proxy, failures, token);
            return true;
        }, cancellation);
        await WithinAsync(Socks5Stage.Request, proxy, name, began, null,
            token => Handshake.RequestAsync(socket, Command.Connect, target, failures, token), cancellation);
    }

    /// <summary>Every address of every gateway. One name that does not resolve is no failure while another does.</summary>
    private async Task<IReadOnlyList<GatewayAddress>> ResolveAsync(string target, CancellationToken cancellation)
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

    /// <summary>Runs a stage within what is left of the whole time, and within its own limit where it has one.</summary>
    private async Task<T> WithinAsync<T>(
        Socks5Stage stage, Socks5Proxy proxy, string target, long began, TimeSpan? limit, Func<CancellationToken, Task<T>> work,
        CancellationToken cancellation)
    {
        var left = Left(began);
        var (span, named) = limit < left ? (limit.Value, limit.Value) : (left, options.ConnectTimeout);
        using var deadline = new CancellationTokenSource(span > TimeSpan.Zero ? span : TimeSpan.Zero, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new Socks5Errors(proxy, target).TooSlow(stage, named);
        }
        catch (OperationCanceledException e)
        {
            // The caller must find its own token in it, not the linked one
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
    }

    private TimeSpan Left(long began) => options.ConnectTimeout - _time.GetElapsedTime(began);
}
