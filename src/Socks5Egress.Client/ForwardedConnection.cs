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
        var remote = await FindWayAsync(waiting, abort);
        var early = await waiting.StopAsync();
        // A driver that gets RST reports an error; one that gets FIN may take it for an empty answer
        if (remote is null) SocketRelay.Reset(local);
        else await RelayAsync(local, remote, early, waiting.HasFinished, abort);
    }

    private async Task RelayAsync(Socket local, Socket remote, ReadOnlyMemory<byte> early, bool finished, CancellationToken abort)
    {
        var flow = new ConnectionFlow();
        await new SocketRelay(local, remote, flow).RunAsync(early, finished, abort);
        if (!abort.IsCancellationRequested) options.OnEnded?.Invoke(flow);
    }

    private async Task<Socket?> FindWayAsync(WaitingClient waiting, CancellationToken abort)
    {
        var time = client.Options.TimeProvider;
        var began = time.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort, waiting.Left);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await client.ConnectSocketAsync(targetHost, targetPort, over.Token);
            }
            catch (Socks5Exception e)
            {
                Tell(e);
                if (!e.IsTransient || waiting.HasFinished || time.GetElapsedTime(began) + pause > options.RetryFor) return null;
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
