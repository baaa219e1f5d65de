namespace Socks5Egress.Transport.Linux;

/// <summary>Cancels a source when the peer of a leg resets it. See <see cref="ILeg.WatchReset"/>.</summary>
internal sealed class EpollResetWatch(EpollLeg leg, CancellationTokenSource onReset) : IAsyncDisposable
{
    /// <summary>On the loop's thread.</summary>
    public void Begin()
    {
        if (leg.Broken || leg.Closed) onReset.Cancel();
        else leg.OnReset = onReset;
    }

    public ValueTask DisposeAsync()
    {
        if (leg.Loop.IsCurrent)
        {
            leg.OnReset = null;
            return ValueTask.CompletedTask;
        }

        // Once this has run on the loop, nothing there will touch the source again
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        leg.Loop.Post(_ =>
        {
            leg.OnReset = null;
            ended.SetResult();
        }, null);
        return new ValueTask(ended.Task);
    }
}
