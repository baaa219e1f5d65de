using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>Checks one target again and again.</summary>
internal static class HealthMonitor
{
    /// <summary>Runs until <paramref name="stop"/>. The first check begins at once.</summary>
    /// <param name="pool">Where the target is.</param>
    /// <param name="at">Its index.</param>
    /// <param name="check">One check: null, or why it failed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends it, a check in the middle too.</param>
    public static async Task RunAsync(
        TargetPool pool, int at, Func<Destination, CancellationToken, ValueTask<string?>> check, TimeProvider time, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var failure = await check(pool.Options.Targets[at], stop);
            // What was broken off says nothing of the target
            if (!stop.IsCancellationRequested) pool.Checked(at, failure);
            await Task.Delay(pool.Options.Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
