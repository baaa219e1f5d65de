using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>
/// Connects to the first address that answers. The next one is tried when the last failed, or has been silent for a
/// quarter of a second (RFC 8305 section 5); the losers are closed.
/// </summary>
internal sealed class HappyEyeballsConnector(GatewayLoadTracker loads, TimeProvider time)
{
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <param name="addresses">In the order to be tried. The winner and those that failed are taken out.</param>
    /// <param name="target">For the sentence.</param>
    /// <param name="cancellation">Closes every attempt.</param>
    /// <exception cref="Socks5Exception">None answered; the failure is the last one's.</exception>
    public async Task<(GatewaySocket Socket, GatewayAddress Address)> RunAsync(
        List<GatewayAddress> addresses, string target, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var waiting = new Queue<GatewayAddress>(addresses);
        var running = new List<Task<Attempt>>();
        try
        {
            while (true)
            {
                if (waiting.TryDequeue(out var next)) running.Add(TryAsync(next, over.Token));
                var ended = await FirstOfAsync(running, waiting.Count > 0, over.Token);
                if (ended is null) continue;

                running.Remove(ended);
                var attempt = await ended;
                addresses.Remove(attempt.Address);
                if (attempt.Socket is not null) return (attempt.Socket, attempt.Address);
                loads.Failed(attempt.Address.EndPoint);
                if (running.Count + waiting.Count == 0)
                    throw new Socks5Errors(attempt.Address.Proxy, target).NotConnected(attempt.Error!);
            }
        }
        finally
        {
            await over.CancelAsync();
            foreach (var loser in running) Background.Run("the end of a lost race", () => CloseAsync(loser));
        }
    }

    /// <summary>The attempt that ended, or null when it is time to begin another.</summary>
    private async Task<Task<Attempt>?> FirstOfAsync(List<Task<Attempt>> running, bool more, CancellationToken cancellation)
    {
        if (!more) return await Task.WhenAny(running);
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = Task.Delay(Stagger, time, quiet.Token);
        var first = await Task.WhenAny([.. running, pause]);
        await quiet.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        return first as Task<Attempt>;
    }

    private async Task<Attempt> TryAsync(GatewayAddress address, CancellationToken cancellation)
    {
        GatewaySocket? socket = null;
        try
        {
            socket = new GatewaySocket(address.EndPoint, loads.Enter(address.EndPoint));
            await socket.ConnectAsync(address.EndPoint, cancellation);
            return new Attempt(address, socket, null);
        }
        catch (Exception e)
        {
            socket?.Dispose();
            if (e is SocketException error) return new Attempt(address, null, error);
            throw;
        }
    }

    private static async Task CloseAsync(Task<Attempt> loser)
    {
        await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loser.IsCompletedSuccessfully) (await loser).Socket?.Dispose();
    }

    private sealed record Attempt(GatewayAddress Address, GatewaySocket? Socket, SocketException? Error);
}
