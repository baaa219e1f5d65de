using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Listening;

namespace Socks5Egress.Hosting;

/// <summary>
/// The hosted service: accept loops from start to stop, and the drain in between: red, accept a while longer, take what waits in
/// the queues, close the listeners, let sessions go on, cut the rest.
/// </summary>
internal sealed class GatewayService(
    IReadOnlyList<AcceptLoop> loops, LiveSessions sessions, Readiness readiness, TimeoutSettings timeouts, HttpForward.HttpForwarder http,
    ServiceManager manager, ILogger logger, TimeProvider time)
    : IHostedService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>What an aborted session gets to write its log line.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _now = new();
    private Task _accepting = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Accepting = () => loops.All(loop => loop.Healthy);
        _accepting = Task.WhenAll(loops.Select(loop => loop.RunAsync(_closing.Token)));
        readiness.Started();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        readiness.Draining();
        manager.Stopping();
        Log.Draining(logger, sessions.Count, timeouts.DrainDelay.TotalMilliseconds, timeouts.Drain.TotalMilliseconds);
        await WaitAsync(timeouts.DrainDelay, static () => false);
        await _closing.CancelAsync();
        await _accepting;
        http.Drain();
        var began = time.GetTimestamp();
        await WaitAsync(timeouts.Drain, () =>
        {
            sessions.Drain(began, timeouts.Drain);
            return sessions.Count == 0;
        });
        var cut = sessions.EndAll(_now.IsCancellationRequested ? EndReason.Stopped : EndReason.DrainTimeout);
        await EmptyAsync(LastWords);
        Log.Stopped(logger, cut);
    }

    /// <summary>A second signal: no more waiting.</summary>
    public void CloseNow() => _now.Cancel();

    private async Task WaitAsync(TimeSpan most, Func<bool> done)
    {
        var began = time.GetTimestamp();
        while (!done() && !_now.IsCancellationRequested && time.GetElapsedTime(began) is var gone && gone < most)
        {
            await Task.Delay(most - gone < Poll ? most - gone : Poll, time, CancellationToken.None);
        }
    }

    private async Task EmptyAsync(TimeSpan most)
    {
        var began = time.GetTimestamp();
        while (sessions.Count > 0 && time.GetElapsedTime(began) < most) await Task.Delay(Poll, time, CancellationToken.None);
    }
}
