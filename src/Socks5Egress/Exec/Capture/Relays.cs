using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Exec.Capture;

/// <summary>The connections that are carried at the moment, and their end.</summary>
internal sealed class Relays(FailureNotes notes)
{
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // One more than there are, until the end is asked for
    private int _running = 1;

    public CancellationToken Aborted => _abort.Token;

    /// <summary>Carries bytes until both directions have ended; closes both sockets.</summary>
    /// <param name="about">For the sentence, when the end looks like something to mend; null to say none.</param>
    /// <param name="local">The client's side.</param>
    /// <param name="remote">The server's side.</param>
    public async Task RunAsync(string? about, Socket local, Socket remote)
    {
        Interlocked.Increment(ref _running);
        try
        {
            var flow = new ConnectionFlow();
            await new SocketRelay(local, remote, flow).RunAsync(ReadOnlyMemory<byte>.Empty, false, _abort.Token);
            if (about is not null && !_abort.IsCancellationRequested) notes.Say(about, flow);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Lets what is in flight arrive, then resets what is left.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        Leave();
        await _drained.Task.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _abort.CancelAsync();
        await _drained.Task;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0) _drained.TrySetResult();
    }
}
