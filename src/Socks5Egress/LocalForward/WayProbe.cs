using Socks5Egress.Client;

namespace Socks5Egress.LocalForward;

/// <summary>Tries the way to a target until it works: for <c>--wait</c>.</summary>
internal static class WayProbe
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <param name="client">Knows the gateways.</param>
    /// <param name="spec">Where to.</param>
    /// <param name="limit">How long to go on. A failure that will not pass by itself ends it at once.</param>
    /// <param name="onFailure">Told of each failed attempt.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Whether it works.</returns>
    public static async Task<bool> WaitAsync(
        Socks5Client client, ForwardSpec spec, TimeSpan limit, Action<Socks5Exception> onFailure, CancellationToken cancellation)
    {
        var time = client.Options.TimeProvider;
        using var deadline = new CancellationTokenSource(limit, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                (await client.ConnectSocketAsync(spec.Host, spec.Target.Port, over.Token)).Dispose();
                return true;
            }
            catch (Socks5Exception failure)
            {
                onFailure(failure);
                if (!failure.IsTransient) return false;
                await Task.Delay(pause, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
