using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Exec;

/// <summary>Tries until a gateway lets us in: for <c>--wait</c>. Without a target, so that nothing is dialled.</summary>
internal static class GatewayProbe
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(5);

    /// <returns>Whether one did within the time.</returns>
    public static async Task<bool> WaitAsync(IReadOnlyList<Socks5Proxy> gateways, TimeSpan limit, FailureNotes notes)
    {
        using var deadline = new CancellationTokenSource(limit);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var isHopeless = true;
            foreach (var gateway in gateways)
            {
                var failure = await TryAsync(gateway, deadline.Token);
                if (failure is null && !deadline.IsCancellationRequested) return true;
                if (failure is not null) notes.Say(gateway.ToString(), failure);
                isHopeless &= failure is { IsTransient: false };
            }

            if (isHopeless || deadline.IsCancellationRequested) return false;
            await Task.Delay(pause, TimeProvider.System, deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<Socks5Exception?> TryAsync(Socks5Proxy gateway, CancellationToken cancellation)
    {
        var failures = new Socks5Errors(gateway, gateway.ToString());
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Attempt);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(gateway.Host, gateway.Port, limited.Token);
            var address = (IPEndPoint)socket.RemoteEndPoint!;
            if (gateway.Tls is not null) socket = await TlsTunnel.OpenAsync(socket, gateway, failures, limited.Token);
            var handshake = new Handshake(socket, gateway, failures, gateway.Passwords is { } passwords ? await passwords.OfAsync(address, failures, limited.Token) : null);
            await handshake.NegotiateAsync(gateway.Pipelines, limited.Token);
            await handshake.ExchangeAsync(limited.Token);
            return null;
        }
        catch (Socks5Exception failure)
        {
            return failure;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData ? failures.NotResolved(e) : failures.NotConnected(e);
        }
        catch (OperationCanceledException)
        {
            // The end of the whole time says nothing of the gateway
            return cancellation.IsCancellationRequested ? null : failures.TooSlow(Socks5Stage.Connect, Attempt);
        }
        finally
        {
            socket.Dispose();
        }
    }
}
