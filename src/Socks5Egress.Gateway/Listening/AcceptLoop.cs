using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Listening;

/// <summary>
/// Takes connections from one acceptor and begins each on the thread that owns it: for listeners, static forwards and BIND. Accept failures
/// neither stop the loop nor make it spin; it is unhealthy while it waits for the machine to recover.
/// </summary>
internal sealed class AcceptLoop(IAcceptor acceptor, Action<ILeg> begin, ILogger logger, TimeProvider time)
{
    /// <summary>A closing listener takes at most what one full queue holds.</summary>
    private const int MostWhenClosing = 4096;

    /// <summary>Failures of single connections in a row that no network explains: the loop waits, whatever the error says.</summary>
    private const int MostInARow = 64;

    /// <summary>An accept that has waited this long without failing can be served.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(250);

    private volatile bool _healthy = true;
    private TimeSpan _wait;
    private int _inARow;

    /// <summary>The address it accepts on, as logs have it.</summary>
    public string Listener { get; } = acceptor.LocalEndPoint.ToString();

    /// <summary>False while accepting fails.</summary>
    public bool Healthy => _healthy;

    /// <summary>How often accepting failed because the system ran out of a resource.</summary>
    public long Failures { get; private set; }

    /// <summary>
    /// Runs until <paramref name="closing"/>, then takes what waits in the queue, and closes the listener. An exception leaves the listener
    /// open and the loop unhealthy: it can be run again.
    /// </summary>
    public async Task RunAsync(CancellationToken closing)
    {
        try
        {
            await AcceptAllAsync(closing);
        }
        catch
        {
            _healthy = false;
            throw;
        }
        await acceptor.DisposeAsync();
    }

    private async Task AcceptAllAsync(CancellationToken closing)
    {
        for (var late = 0; late < MostWhenClosing;)
        {
            var accepted = await NextAsync(closing);
            if (closing.IsCancellationRequested) late++;
            if (accepted.Leg is { } leg)
            {
                Recovered();
                (_wait, _inARow) = (TimeSpan.Zero, 0);
                leg.Scheduler.Schedule(static state => ((Begin)state!).Run(), new Begin(begin, leg));
                continue;
            }
            switch (AcceptFailures.Classify(accepted.Error))
            {
                case AcceptFailure.Closed when closing.IsCancellationRequested:
                    return;
                case AcceptFailure.Closed:
                    throw new InvalidOperationException($"The listener on {Listener} was closed while it was in use.");
                case AcceptFailure.Connection when ++_inARow % MostInARow != 0:
                    break;
                default:
                    await WaitAsync(accepted.Error, closing);
                    break;
            }
        }
    }

    /// <summary>The next connection or failure. An unhealthy loop recovers as soon as accepting waits for clients again, not only when one comes.</summary>
    private async ValueTask<Accepted> NextAsync(CancellationToken closing)
    {
        var accepting = acceptor.AcceptAsync(closing);
        if (_healthy || accepting.IsCompleted) return await accepting;
        var waiting = accepting.AsTask();
        using var settled = CancellationTokenSource.CreateLinkedTokenSource(closing);
        if (await Task.WhenAny(waiting, Task.Delay(Settled, time, settled.Token)) != waiting && !closing.IsCancellationRequested) Recovered();
        settled.Cancel();
        return await waiting;
    }

    private async Task WaitAsync(SocketError error, CancellationToken closing)
    {
        var before = _wait;
        _wait = AcceptFailures.Next(_wait);
        _healthy = false;
        Failures++;
        // Once the wait has reached its end every further line would say the same
        if (_wait > before) Log.AcceptFailed(logger, Listener, error, _wait.TotalMilliseconds);
        await Task.Delay(_wait, time, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Recovered()
    {
        if (_healthy) return;
        _healthy = true;
        Log.AcceptRecovered(logger, Listener);
    }

    private sealed record Begin(Action<ILeg> Serve, ILeg Leg)
    {
        public void Run() => Serve(Leg);
    }
}
