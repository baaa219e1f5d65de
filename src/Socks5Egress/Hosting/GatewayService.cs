using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Socks5Egress.Admin;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Listening;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>
/// The hosted service: accept loops from start to stop, and the drain in between: red, accept a while longer, take what waits in
/// the queues, close the listeners, let sessions go on, cut the rest. The drain has a thread of its own, so that nothing clients do delays it.
/// </summary>
internal sealed class GatewayService(
    IReadOnlyList<AcceptLoop> loops, SessionTable sessions, Readiness readiness, TimeoutSettings timeouts, CommandTable commands,
    SystemdNotifications manager, ILogger logger, Supervisor supervisor)
    : IHostedService
{
    /// <summary>How often sessions are asked whether they are quiet: a look at all of them.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>What a client gets to hear that it is refused; without the drain that is longer.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(500);

    /// <summary>What an aborted session gets to write its log line.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _now = new();
    private BackgroundLoop[] _accepting = [];
    private Task? _drained;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Accepting = () => loops.All(loop => loop.Healthy);
        _accepting = [.. loops.Select(loop => supervisor.Loop($"accept on {loop.Listener}", loop.RunAsync, isEssential: true))];
        readiness.Started();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Drain();

    /// <summary>Begins the drain; the signal's own thread calls this. Any number of times.</summary>
    /// <returns>Its end.</returns>
    public Task Drain()
    {
        lock (_lock) return _drained ??= Supervisor.OnThreadAsync("drain", DrainAsync);
    }

    /// <summary>A second signal: no more waiting.</summary>
    public void CloseNow() => supervisor.Cancel("drain", _now);

    private async Task DrainAsync()
    {
        readiness.Draining();
        manager.Stopping();
        sessions.CloseWarm();
        Log.Draining(logger, sessions.Count, timeouts.DrainDelay.TotalMilliseconds, timeouts.Drain.TotalMilliseconds);
        await DelayAsync(timeouts.DrainDelay);
        await Task.WhenAll(_accepting.Select(loop => loop.DisposeAsync().AsTask()));
        commands.Drain();
        var empty = sessions.WhenEmpty();
        var began = supervisor.Time.GetTimestamp();
        while (!empty.IsCompleted && !_now.IsCancellationRequested && supervisor.Time.GetElapsedTime(began) is var elapsed && elapsed < timeouts.Drain)
        {
            sessions.Drain(began, timeouts.Drain);
            var left = timeouts.Drain - elapsed;
            await Task.WhenAny(empty, DelayAsync(left < Look ? left : Look));
        }
        var cut = sessions.EndAll(_now.IsCancellationRequested ? EndReason.Stopped : EndReason.DrainTimeout);
        empty = sessions.WhenEmpty();
        await Task.WhenAny(empty, Task.Delay(Farewell, supervisor.Timers));
        sessions.EndLingering();
        await Task.WhenAny(empty, Task.Delay(LastWords, supervisor.Timers));
        Log.Stopped(logger, cut);
    }

    /// <summary>By the supervisor's timers, not the pool's; it comes back to the drain's own thread.</summary>
    private Task DelayAsync(TimeSpan span) => Cancelled(Task.Delay(span, supervisor.Timers, _now.Token));

    private static async Task Cancelled(Task delay) =>
        await delay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
