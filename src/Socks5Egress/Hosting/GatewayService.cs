using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Listening;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>
/// The hosted service: accept loops from start to stop, and the drain in between: red, accept a while longer, take what waits in
/// the queues, close the listeners, let sessions go on, cut the rest.
/// </summary>
internal sealed class GatewayService(
    IReadOnlyList<AcceptLoop> loops, LiveSessions sessions, Readiness readiness, TimeoutSettings timeouts, HttpForward.HttpForwarder http,
    ServiceManager manager, ILogger logger, Supervisor supervisor)
    : IHostedService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>What an aborted session gets to write its log line.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _now = new();
    private BackgroundLoop[] _accepting = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Accepting = () => loops.All(loop => loop.Healthy);
        _accepting = [.. loops.Select(loop => supervisor.Loop($"accept on {loop.Listener}", loop.RunAsync, isEssential: true))];
        readiness.Started();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        readiness.Draining();
        manager.Stopping();
        Log.Draining(logger, sessions.Count, timeouts.DrainDelay.TotalMilliseconds, timeouts.Drain.TotalMilliseconds);
        await WaitAsync(timeouts.DrainDelay, static () => false);
        await Task.WhenAll(_accepting.Select(loop => loop.DisposeAsync().AsTask()));
        http.Drain();
        var began = supervisor.Time.GetTimestamp();
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
    public void CloseNow() => supervisor.Cancel("drain", _now);

    private async Task WaitAsync(TimeSpan most, Func<bool> done)
    {
        var began = supervisor.Time.GetTimestamp();
        while (!done() && !_now.IsCancellationRequested && supervisor.Time.GetElapsedTime(began) is var gone && gone < most)
        {
            await Task.Delay(most - gone < Poll ? most - gone : Poll, supervisor.Time, CancellationToken.None);
        }
    }

    private async Task EmptyAsync(TimeSpan most)
    {
        var began = supervisor.Time.GetTimestamp();
        while (sessions.Count > 0 && supervisor.Time.GetElapsedTime(began) < most) await Task.Delay(Poll, supervisor.Time, CancellationToken.None);
    }
}
