using Microsoft.Extensions.Logging;
using Socks5Egress.Transport;

namespace Socks5Egress.Listening;

/// <summary>
/// Takes connections from one acceptor and begins each on the thread that owns it. Failures never end it and never spin it;
/// it is unhealthy while it waits for the machine to recover.
/// </summary>
internal sealed class AcceptLoop(IAcceptor acceptor, Action<ILeg> begin, ILogger logger, TimeProvider time)
{
    /// <summary>A closing listener takes at most what one full queue holds.</summary>
    private const int MostWhenClosing = 4096;

    private volatile bool _healthy = true;

    /// <summary>The address it accepts on, as logs have it.</summary>
    public string Listener { get; } = acceptor.LocalEndPoint.ToString();

    /// <summary>False while accepting fails.</summary>
    public bool Healthy => _healthy;

    /// <summary>How often accepting failed for want of something.</summary>
    public long Failures { get; private set; }

    /// <summary>
    /// Runs until <paramref name="closing"/>, then takes what waits in the queue, and closes the listener. An exception leaves the listener
    /// open and the loop unhealthy: it can be run again.
    /// </summary>
    public async Task RunAsync(CancellationToken closing)
    {
        try
        {
            await AcceptAsync(closing);
        }
        catch
        {
            _healthy = false;
            throw;
        }
        await acceptor.DisposeAsync();
    }

    private async Task AcceptAsync(CancellationToken closing)
    {
        var wait = TimeSpan.Zero;
        var late = 0;
        while (late < MostWhenClosing)
        {
            var accepted = await acceptor.AcceptAsync(closing);
            if (closing.IsCancellationRequested) late++;
            if (accepted.Leg is { } leg)
            {
                if (!_healthy) Recovered();
                wait = TimeSpan.Zero;
                leg.Scheduler.Schedule(static state => ((Begin)state!).Run(), new Begin(begin, leg));
                continue;
            }
            switch (AcceptFailures.Classify(accepted.Error))
            {
                case AcceptFailure.Closed when closing.IsCancellationRequested:
                    return;
                case AcceptFailure.Closed:
                    throw new InvalidOperationException($"The listener on {Listener} is closed while it is in use.");
                case AcceptFailure.Resource:
                    wait = AcceptFailures.Next(wait);
                    _healthy = false;
                    Failures++;
                    Log.AcceptFailed(logger, acceptor.LocalEndPoint.ToString(), accepted.Error, wait.TotalMilliseconds);
                    await Task.Delay(wait, time, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
            }
        }
    }

    private void Recovered()
    {
        _healthy = true;
        Log.AcceptRecovered(logger, acceptor.LocalEndPoint.ToString());
    }

    private sealed record Begin(Action<ILeg> Serve, ILeg Leg)
    {
        public void Run() => Serve(Leg);
    }
}
