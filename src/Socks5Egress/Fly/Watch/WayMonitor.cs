using Socks5Egress.Client;
using Socks5Egress.Protocol;

namespace Socks5Egress.Fly.Watch;

/// <summary>Connects to a target through the gateway once a second, and tells of every second without it.</summary>
internal sealed class WayMonitor(Socks5Client client, Destination target, TimeProvider time, Action<string> down)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Seconds without the target so far.</summary>
    public int SecondsDown { get; private set; }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            using var deadline = new CancellationTokenSource(Period, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
            try
            {
                (await client.ConnectSocketAsync(target.Name ?? target.Address!.ToString(), target.Port, either.Token)).Dispose();
            }
            catch (Exception exception) when (exception is Socks5Exception || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                SecondsDown++;
                down(exception is Socks5Exception ? exception.Message : "no answer within a second");
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }
}
