using System.Net.Sockets;
using Socks5Egress.Supervision;

namespace Socks5Egress.Exec.Capture;

/// <summary>Accepts from one listener until it is disposed; a failed accept ends nothing.</summary>
internal sealed class Acceptor : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Socket _listener;
    private readonly BackgroundLoop _loop;

    /// <param name="name">Of the work, for reports.</param>
    /// <param name="listener">Owned from here on.</param>
    /// <param name="serve">Owns what it is given.</param>
    public Acceptor(string name, Socket listener, Func<Socket, Task> serve)
    {
        _listener = listener;
        _loop = Supervisor.OfProcess.Loop(name, stop => AcceptAsync(name, serve, stop));
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        _listener.Dispose();
    }

    private async Task AcceptAsync(string name, Func<Socket, Task> serve, CancellationToken stop)
    {
        var pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptAsync(stop);
                pause = FirstPause;
                Supervisor.OfProcess.Run(name + ".client", () => serve(client));
            }
            catch (SocketException)
            {
                // Out of descriptors, or a connection that was gone before it was accepted
                await Task.Delay(pause, Supervisor.OfProcess.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
