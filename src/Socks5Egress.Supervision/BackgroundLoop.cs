namespace Socks5Egress.Supervision;

/// <summary>
/// Asynchronous work that goes on until it is disposed. When it lets an exception out, that is reported and the work begins anew after a
/// pause. Disposal cancels it and waits for its end.
/// </summary>
internal sealed class BackgroundLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Supervisor _supervisor;
    private readonly BackgroundHealth _health;
    private readonly Func<CancellationToken, Task> _work;

    public BackgroundLoop(Supervisor supervisor, BackgroundHealth health, Func<CancellationToken, Task> work, bool onOwnThread)
    {
        (_supervisor, _health, _work) = (supervisor, health, work);
        Completion = onOwnThread ? WorkThread.RunAsync(health.Name, RunAsync) : RunAsync();
    }

    /// <summary>Completes when the work has ended, by itself or by disposal. Never faults.</summary>
    public Task Completion { get; }

    public async ValueTask DisposeAsync()
    {
        _supervisor.Cancel(_health.Name, _stop);
        await Completion;
        _supervisor.Forget(_health);
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                await _work(_stop.Token);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                pause = _health.Failed(exception);
            }
            await Task.Delay(pause, _supervisor.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }
}
