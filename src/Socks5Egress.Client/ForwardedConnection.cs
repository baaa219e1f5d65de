using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>One local connection: finds a gateway while its client waits, then carries the bytes. Never throws.</summary>
internal sealed class ForwardedConnection(Socks5Client client, string targetHost, int targetPort, Socks5ForwarderOptions options)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    public async Task RunAsync(Socket local, CancellationToken abort)
    {
        if (local.AddressFamily != AddressFamily.Unix) local.NoDelay = true;
        using var waiting = new WaitingClient(local);
        var way = await FindWayAsync(waiting, abort);
        await waiting.StopAsync();
        // A driver that gets RST reports an error; one that gets FIN may take it for an empty answer
        if (way is not { } found) SocketRelay.Reset(local);
        else await RelayAsync(local, found.Socket, found.Sent, waiting, abort);
    }

    private async Task RelayAsync(Socket local, Socket remote, int sent, WaitingClient waiting, CancellationToken abort)
    {
        var flow = new ConnectionFlow();
        if (sent > 0) flow.Passed(ConnectionSide.Client, sent);
        await new SocketRelay(local, remote, flow).RunAsync(waiting.Arrived[sent..], waiting.HasFinished, abort);
        if (!abort.IsCancellationRequested) options.OnEnded?.Invoke(flow);
    }

    private async Task<(Socket Socket, int Sent)?> FindWayAsync(WaitingClient waiting, CancellationToken abort)
    {
        var time = client.Options.TimeProvider;
        var began = time.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort, waiting.Left);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var remote = await client.ConnectAsync(targetHost, targetPort, waiting, over.Token);
                options.OnConnected?.Invoke();
                return remote;
            }
            catch (Socks5Exception e)
            {
                Tell(e);
                if (!e.IsTransient || e.FirstBytesMayHaveArrived || waiting.HasFinished || time.GetElapsedTime(began) + pause > options.RetryFor) return null;
            }
            catch (OperationCanceledException)
            {
                return null;
            }

            await Task.Delay(pause, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(Socks5Exception failure)
    {
        try
        {
            options.OnFailure?.Invoke(failure);
        }
#pragma warning disable CA1031 // a caller's callback may throw anything, and the connection must still be closed
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
