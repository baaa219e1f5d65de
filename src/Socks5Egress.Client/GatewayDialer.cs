using System.Net.Sockets;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Client;

/// <summary>
/// One connection through whichever gateway takes it: names looked up anew, least used first, the next one when a gateway is
/// at fault. What a gateway says about the target is final: another one would only say it again, later.
/// </summary>
internal sealed class GatewayDialer
{
    private readonly Socks5ClientOptions _options;
    private readonly GatewayLoadTracker _loads;
    private readonly KnownGateways _known = new();
    private readonly GatewayOpener _opener;
    private readonly WarmPool _warm;

    public GatewayDialer(IReadOnlyList<Socks5Proxy> proxies, Socks5ClientOptions options)
    {
        _options = options;
        _loads = new GatewayLoadTracker(options.TimeProvider, Random.Shared.Next());
        _opener = new GatewayOpener(proxies, _loads, _known, options.TimeProvider);
        _warm = new WarmPool(proxies, _loads, _known, options);
    }

    /// <summary>Has connections stand ready from now on.</summary>
    public void KeepWarm() => _warm.Keep();

    /// <param name="target">Where to.</param>
    /// <param name="early">
    /// The first bytes for it. They go with the request to a gateway that is known to keep them, and are sent again only when a gateway has said
    /// that the earlier ones reached nothing.
    /// </param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The connection, and how many of the first bytes it has.</returns>
    /// <exception cref="Socks5Exception">No gateway took it, or one refused it.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<(Socket Socket, int Sent)> ConnectAsync(Destination target, EarlyBytes early, CancellationToken cancellation)
    {
        var deadline = new ConnectDeadline(_options.ConnectTimeout, _options.TimeProvider, target.ToString(), cancellation);
        var addresses = await _opener.ResolveAsync(deadline);
        var (ready, sawClosed) = _warm.Take(addresses);
        while (sawClosed)
        {
            // Its gateway is stopping, most likely: another one goes first
            addresses = _loads.Order(addresses);
            (ready, sawClosed) = _warm.Take(addresses);
        }
        _warm.Fill(isAfterUse: true);
        if (ready is not null && await TryReadyAsync(ready, target, early, deadline) is { } served) return served;
        while (true)
        {
            try
            {
                var link = await _opener.OpenAsync(addresses, deadline);
                return await AskAsync(link, target, early, addresses, deadline);
            }
            catch (Socks5Exception e) when (e.Stage > Socks5Stage.Connect && e.IsGatewayFault && addresses.Count > 0 && deadline.Left > TimeSpan.Zero)
            {
            }
        }
    }

    /// <summary>Asks for the target on a connection that stood ready.</summary>
    /// <returns>Null when its gateway closed it, or refused for a reason of its own, and none of the first bytes reached a target: there are other ways.</returns>
    private async Task<(Socket Socket, int Sent)?> TryReadyAsync(GatewayLink link, Destination target, EarlyBytes early, ConnectDeadline deadline)
    {
        try
        {
            var sent = await RequestAsync(link, target, early, null, deadline);
            _warm.Used(link);
            return (link.Socket, sent);
        }
        catch (Socks5Exception e) when (e.IsGatewayFault && deadline.Left > TimeSpan.Zero)
        {
            return null;
        }
    }

    /// <summary>Asks for the target on a connection that was opened now; it is closed when that fails.</summary>
    private async Task<(Socket Socket, int Sent)> AskAsync(
        GatewayLink link, Destination target, EarlyBytes early, List<GatewayAddress> addresses, ConnectDeadline deadline)
    {
        try
        {
            var sent = await RequestAsync(link, target, early, addresses.Count > 0 ? GatewayOpener.NegotiationLimit : null, deadline);
            _loads.Succeeded(link.Address.EndPoint);
            if (link.Handshake.Pipelines) _warm.Used(link);
            return (link.Socket, sent);
        }
        catch (Socks5Exception e)
        {
            _known.Forget(link.Address);
            if (e.IsGatewayFault && !link.Handshake.WasRefused) _loads.Failed(link.Address.EndPoint);
            // Another program listens there now, or the gateway's users have changed: it is asked again, one message at a time
            if (link.Handshake.IsAssumed && e.Stage == Socks5Stage.Negotiate && e.IsGatewayFault)
                addresses.Insert(link.Handshake.WasRefused ? 0 : addresses.Count, link.Address);
            // A bought password that was good before: the next one is tried with the same gateway
            if (e is { Stage: Socks5Stage.Authenticate, IsTransient: true } && link.Handshake.WasRefused && link.Address.Proxy.Login is not null) addresses.Insert(0, link.Address);
            throw;
        }
    }

    /// <summary>Sends the request, and with it what is due before and the first bytes, and waits for the target.</summary>
    /// <returns>How many of the first bytes were sent.</returns>
    private static async Task<int> RequestAsync(GatewayLink link, Destination target, EarlyBytes early, TimeSpan? limit, ConnectDeadline deadline)
    {
        var (handshake, proxy) = (link.Handshake, link.Address.Proxy);
        var cursor = new EarlyCursor(early);
        using var stop = new CancellationTokenSource();
        try
        {
            var pumping = Task.CompletedTask;
            await deadline.WithinAsync(Socks5Stage.Negotiate, proxy, limit, async token =>
            {
                await handshake.SendRequestAsync(Command.Connect, target, cursor, token);
                if (handshake.Pipelines) pumping = cursor.PumpAsync(link.Socket, stop.Token);
                await handshake.ReadAnswersAsync(token);
            });
            await deadline.WithinAsync(Socks5Stage.Request, proxy, null, handshake.ReadReplyAsync);
            await stop.CancelAsync();
            await pumping;
            return cursor.Sent;
        }
        catch (Exception e)
        {
            await stop.CancelAsync();
            link.Socket.Dispose();
            if (e is Socks5Exception failure && cursor.Sent > 0 && !handshake.WasRefused) failure.FirstBytesMayHaveArrived = true;
            throw;
        }
    }
}
