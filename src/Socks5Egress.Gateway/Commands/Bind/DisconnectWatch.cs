using System.IO.Pipelines;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.Bind;

/// <summary>
/// Sees a client leave, by FIN or reset, while a peer is awaited for it. Bytes that it sends ahead end the watch and stay where they
/// are: it is there, and they belong to the peer.
/// </summary>
internal sealed class DisconnectWatch : IAsyncDisposable
{
    private readonly PipeReader _input;
    private readonly Task _watching;

    /// <param name="input">The client's bytes; nobody else reads them meanwhile.</param>
    /// <param name="left">Cancelled when it has left.</param>
    public DisconnectWatch(PipeReader input, CancellationTokenSource left)
    {
        _input = input;
        _watching = WatchAsync(left);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_watching.IsCompleted) _input.CancelPendingRead();
        await _watching;
    }

    private async Task WatchAsync(CancellationTokenSource left)
    {
        try
        {
            var read = await _input.ReadAsync();
            _input.AdvanceTo(read.Buffer.Start);
            if (read.Buffer.IsEmpty && read.IsCompleted) await left.CancelAsync();
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            await left.CancelAsync();
        }
    }
}
