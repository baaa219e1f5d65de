using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Relaying;

/// <summary>
/// Which sessions a stopping gateway closes, and when. Made for connection pools: a connection that waits in one is closed early, spread over
/// the first half of the window so that pools do not all dial again at once; one that waits for an answer goes on.
/// </summary>
internal static class DrainSchedule
{
    /// <summary>Silence behind an answer that tells a finished exchange from a pause in it.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Idle: the last bytes went from target to client, or nothing has flowed since it was connected, for at least a second. When the last
    /// bytes came from the client it awaits an answer and is busy, however long it is silent.
    /// </summary>
    /// <param name="traffic">What has flowed.</param>
    /// <param name="began">Timestamp of the relay's start.</param>
    /// <param name="now">The present timestamp.</param>
    /// <param name="time">Measures between timestamps.</param>
    public static bool IsIdle(Traffic traffic, long began, long now, TimeProvider time)
    {
        var (up, down) = (traffic.LastUp, traffic.LastDown);
        if (up > 0 && up >= down) return false;
        return time.GetElapsedTime(Math.Max(began, down), now) >= IdleAfter;
    }

    /// <summary>Closes an idle session in order; on the thread of its legs.</summary>
    public static void EndIfIdle(ILeg client, ILeg target, Traffic traffic, long began, TimeProvider time)
    {
        var flowed = traffic.Flowed;
        if (IsIdle(traffic, began, time.GetTimestamp(), time)) client.TryEndSilent(target, flowed, (byte)EndReason.DrainIdle);
    }

    /// <summary>Whether the moment of a session has come: a place of its own in the first half of the window.</summary>
    /// <param name="number">The session's number.</param>
    /// <param name="gone">Since the drain began.</param>
    /// <param name="window">How long sessions may go on.</param>
    public static bool HasCome(long number, TimeSpan gone, TimeSpan window) => gone >= window / 2 * Jitter(number);

    /// <summary>From 0 to 1, evenly spread, and the same for the same session at every look (the finalizer of SplitMix64).</summary>
    public static double Jitter(long number)
    {
        var mixed = unchecked((ulong)number + 0x9E3779B97F4A7C15);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
