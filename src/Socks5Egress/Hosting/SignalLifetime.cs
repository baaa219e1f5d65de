using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Socks5Egress.Hosting;

/// <summary>SIGTERM and SIGINT begin the drain; a second one closes what is left at once. Exit code 0 either way.</summary>
internal sealed class SignalLifetime(IHostApplicationLifetime lifetime, Action drain, Action closeNow) : IHostLifetime
{
    private int _signals;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT])
        {
            ProcessSignals.Handle(signal, OnSignal);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void OnSignal()
    {
        if (Interlocked.Increment(ref _signals) > 1)
        {
            closeNow();
            return;
        }
        // On the signal's own thread: the host comes to it by the thread pool
        drain();
        lifetime.StopApplication();
    }
}
