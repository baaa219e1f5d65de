using System.IO.Pipelines;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Phases;

/// <summary>
/// A phase in which the answers to a client that pipelines wait for the reply, to go out with it in one write. When that takes long they go ahead, so
/// that the client can tell a gateway that dials from one that hangs. The sweep judges that, like every deadline: a timer each would cost as much as the
/// whole handshake.
/// </summary>
/// <param name="phase">The phase as it is without answers.</param>
/// <param name="client">Where the answers were written and not flushed. Until <see cref="LeaveAsync"/> has ended nobody else writes to it.</param>
/// <param name="time">The clock. The phase begins now.</param>
/// <param name="cancellation">Ends the write.</param>
internal sealed class AnsweringPhase(IPhase phase, ILeg client, TimeProvider time, CancellationToken cancellation) : IPhase
{
    /// <summary>How long they wait; a sweep later at most they are on their way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly TaskCompletionSource<Task> NotNeeded = new();

    private readonly long _began = time.GetTimestamp();

    // Set once: by the sweep that has them sent, or by the session that goes on
    private TaskCompletionSource<Task>? _sent;

    public SessionPhase Name => phase.Name;

    /// <summary>Whether a leg has answers that wait.</summary>
    public static bool IsNeeded(PipeWriter output) => output.CanGetUnflushedBytes && output.UnflushedBytes > 0;

    public void CheckDeadline(long now, Action<EndReason> end)
    {
        phase.CheckDeadline(now, end);
        if (time.GetElapsedTime(_began, now) < Patience || Volatile.Read(ref _sent) is not null) return;
        if (Interlocked.CompareExchange(ref _sent, new TaskCompletionSource<Task>(), null) is null)
            client.Elsewhere.Schedule(static state => ((AnsweringPhase)state!).Send(), this);
    }

    public void CheckPeers(long now, Action<EndReason> end) => phase.CheckPeers(now, end);

    public void CloseIfIdle(long now) => phase.CloseIfIdle(now);

    /// <summary>Ends the phase: from now on the answers wait for the next write. Waits for one that is under way.</summary>
    public async ValueTask LeaveAsync()
    {
        if (Interlocked.CompareExchange(ref _sent, NotNeeded, null) is not { } sent) return;
        try
        {
            await await sent.Task;
        }
        catch (Exception exception) when (cancellation.IsCancellationRequested || LegFaults.TryTranslate(exception, out _))
        {
            // The write of the reply meets the same; the target that has come meanwhile must not be lost to this one
        }
    }

    private void Send() => _sent!.SetResult(FlushAsync());

    private async Task FlushAsync() => await client.Output.FlushAsync(cancellation);
}
