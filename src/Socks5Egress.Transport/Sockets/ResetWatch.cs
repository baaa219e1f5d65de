using System.IO.Pipelines;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// Looks for a reset by reading without consuming: the engine tells a broken connection only to a reader.
/// Keeps at most 64 KiB, then stops looking; a client that sends that much before its reply is alive.
/// </summary>
internal sealed class ResetWatch : IAsyncDisposable
{
    private const int Most = 64 * 1024;
    private readonly PipeReader _input;
    private readonly Task _watching;

    public ResetWatch(PipeReader input, CancellationTokenSource onReset)
    {
        _input = input;
        _watching = WatchAsync(onReset);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_watching.IsCompleted) _input.CancelPendingRead();
        await _watching;
        // All was examined, so the next read would wait for more: cancelled, it comes at once with what is there
        _input.CancelPendingRead();
    }

    private async Task WatchAsync(CancellationTokenSource onReset)
    {
        try
        {
            while (true)
            {
                var read = await _input.ReadAsync();
                var isFull = read.Buffer.Length >= Most;
                // What is examined is room for more: of a client that sends one request after the other each watch would let some more in
                _input.AdvanceTo(read.Buffer.Start, isFull ? read.Buffer.Start : read.Buffer.End);
                if (isFull || read.IsCanceled || read.IsCompleted) return;
            }
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            await onReset.CancelAsync();
        }
    }
}
