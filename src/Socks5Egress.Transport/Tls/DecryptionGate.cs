using Socks5Egress.Supervision;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// Keeps the close-notify out of a decryption that is under way. <c>SslStream</c> lets one read and one write happen at a time, but its
/// shutdown calls into the TLS library without the lock that the two share, and looks into the bytes that a decryption is just taking.
/// </summary>
internal sealed class DecryptionGate
{
    private readonly Lock _lock = new();
    private bool _decrypting;
    private Func<Task>? _due;
    private TaskCompletionSource? _done;

    /// <summary>Bytes are about to be decrypted.</summary>
    public void Enter()
    {
        lock (_lock) _decrypting = true;
    }

    /// <summary>The decryption is over, or waits for bytes: what is due happens now.</summary>
    public void Leave()
    {
        Func<Task>? due;
        lock (_lock)
        {
            _decrypting = false;
            (due, _due) = (_due, null);
            if (due is not null) Supervisor.OfProcess.Run("close-notify", () => FinishAsync(due(), _done!));
        }
    }

    /// <summary>Runs <paramref name="send"/> at once, or as soon as no decryption is under way.</summary>
    public Task RunAsync(Func<Task> send)
    {
        lock (_lock)
        {
            if (!_decrypting) return send();
            _due = send;
            _done = new TaskCompletionSource();
            return _done.Task;
        }
    }

    private static async Task FinishAsync(Task sent, TaskCompletionSource done)
    {
        await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        done.SetFromTask(sent);
    }
}
