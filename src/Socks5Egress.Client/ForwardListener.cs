using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Accepts the local connections of one forward, and knows when the last of them has ended.</summary>
internal sealed class ForwardListener : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Socks5Client _client;
    private readonly string _targetHost;
    private readonly int _targetPort;
    private readonly Socks5ForwarderOptions _options;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    // One more than there are connections, for the accept loop: only zero once both are over
    private int _running = 1;
    private int _closed;

    public ForwardListener(Socks5Client client, string targetHost, int targetPort, Socks5ForwarderOptions options)
    {
        _client = client;
        _targetHost = targetHost;
        _targetPort = targetPort;
        _options = options;
        _socket = LocalSockets.Listen(options.LocalEndPoint);
        LocalEndPoint = _socket.LocalEndPoint!;
        _accepting = Background.OnPoolAsync(AcceptAsync);
    }

    public EndPoint LocalEndPoint { get; }

    public int ConnectionCount => Math.Max(0, Volatile.Read(ref _running) - 1);

    public void Cut() => _abort.Cancel();

    // The caller's synchronization context is none of ours: one that blocks on the disposal must not wait for itself
    public ValueTask DisposeAsync() => new(Background.OnPoolAsync(CloseAsync));

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            await _drained.Task;
            return;
        }
        await _closing.CancelAsync();
        _socket.Dispose();
        LocalSockets.Remove(LocalEndPoint);
        await _accepting;

        await ((Task)_drained.Task.WaitAsync(_options.DrainTimeout, _client.Options.TimeProvider))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _abort.CancelAsync();
        await _drained.Task;
    }

    private async Task AcceptAsync()
    {
        var pause = FirstPause;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var local = await _socket.AcceptAsync(_closing.Token);
                pause = FirstPause;
                Interlocked.Increment(ref _running);
                Background.Run("a forwarded connection", () => ServeAsync(local));
            }
            catch (SocketException)
            {
                // Out of descriptors, or a connection that was gone before it was accepted: neither is a reason to stop
                await Task.Delay(pause, _client.Options.TimeProvider, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
        }

        Ended();
    }

    private async Task ServeAsync(Socket local)
    {
        try
        {
            if (!IsAdmitted(local)) return;
            await new ForwardedConnection(_client, _targetHost, _targetPort, _options).RunAsync(local, _abort.Token);
        }
        catch
        {
            SocketRelay.Reset(local);
            throw;
        }
        finally
        {
            Ended();
        }
    }

    private bool IsAdmitted(Socket local)
    {
        if (_options.Admits is not { } admits || local.RemoteEndPoint is not IPEndPoint { Address: var client } || admits(client)) return true;
        SocketRelay.Reset(local);
        _options.OnTurnedAway?.Invoke(client);
        return false;
    }

    private void Ended()
    {
        if (Interlocked.Decrement(ref _running) == 0) _drained.SetResult();
    }
}
