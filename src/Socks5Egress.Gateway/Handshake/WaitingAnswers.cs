using System.IO.Pipelines;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>
/// The answers to a client that pipelines wait for the reply, to go out with it in one write. When that takes long they go ahead, so that the client can
/// tell a gateway that dials from one that hangs.
/// </summary>
internal static class WaitingAnswers
{
    /// <summary>How long they wait.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>Awaits work that writes nothing to the client.</summary>
    /// <param name="output">Where the answers were written and perhaps not flushed.</param>
    /// <param name="work">What leads to the reply.</param>
    /// <param name="timers">The clock.</param>
    /// <param name="cancellation">Ends the write.</param>
    public static ValueTask<T> FlushBesideAsync<T>(PipeWriter output, ValueTask<T> work, TimeProvider timers, CancellationToken cancellation) =>
        work.IsCompleted || !output.CanGetUnflushedBytes || output.UnflushedBytes == 0 ? work : BesideAsync(output, work.AsTask(), timers, cancellation);

    private static async ValueTask<T> BesideAsync<T>(PipeWriter output, Task<T> work, TimeProvider timers, CancellationToken cancellation)
    {
        using var isDone = new CancellationTokenSource();
        var first = await Task.WhenAny(work, Task.Delay(Patience, timers, isDone.Token));
        if (first == work) await isDone.CancelAsync();
        else await output.FlushAsync(cancellation);
        return await work;
    }
}
