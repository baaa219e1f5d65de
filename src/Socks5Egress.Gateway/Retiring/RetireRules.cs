using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>Which sessions are due, and which moment is quiet. Pure.</summary>
internal static class RetireRules
{
    // PostgreSQL's ReadyForQuery with the status of a transaction: 'Z', a length of 5, and 'T' or 'E'
    private const ulong InTransaction = 0x5A_00_00_00_05_54, InFailedTransaction = 0x5A_00_00_00_05_45, Last6Bytes = 0xFFFF_FFFF_FFFF;

    /// <summary>The timestamp from which a session is too old; 0: never. Jitter makes sessions due earlier, never later.</summary>
    /// <param name="began">When its target was connected.</param>
    /// <param name="lifetime">Zero: no age is too old.</param>
    /// <param name="jitter">The part of the lifetime, from 0 to 0.5, over which sessions are spread.</param>
    /// <param name="number">A number of its own, for its place in the spread.</param>
    /// <param name="frequency">Timestamps a second.</param>
    public static long LifetimeEnd(long began, TimeSpan lifetime, double jitter, long number, long frequency) => lifetime <= TimeSpan.Zero
        ? 0
        : began + Math.Max(1, (long)(lifetime.TotalSeconds * (1 - (jitter * DrainSchedule.Jitter(number))) * frequency));

    /// <summary>
    /// Whether nobody would miss a session that ended now: no byte for so long, both directions open, and the target spoke last or nobody has spoken,
    /// and what it said last does not leave a transaction of PostgreSQL open.
    /// When the client spoke last it awaits an answer; when one side has sent its end, the other one is about to finish.
    /// </summary>
    /// <param name="traffic">What has flowed.</param>
    /// <param name="began">When its target was connected.</param>
    /// <param name="quiet">The time without a byte.</param>
    /// <param name="now">The present timestamp.</param>
    /// <param name="time">Measures between timestamps.</param>
    public static bool IsQuiet(Traffic traffic, long began, TimeSpan quiet, long now, TimeProvider time)
    {
        if (traffic.FinUp != 0 || traffic.FinDown != 0) return false;
        var (up, down) = (traffic.LastUp, traffic.LastDown);
        if (up > 0 && up >= down) return false;
        // Another protocol whose message ends like this by chance only waits for longer
        if ((traffic.DownEnd & Last6Bytes) is InTransaction or InFailedTransaction) return false;
        return time.GetElapsedTime(Math.Max(Math.Max(began, down), traffic.LastProgress), now) >= quiet;
    }

    /// <summary>The reason of an end by this cause.</summary>
    public static EndReason Reason(RetireCause cause) => cause switch
    {
        RetireCause.Lifetime => EndReason.RetiredLifetime,
        RetireCause.Moved => EndReason.RetiredMoved,
        RetireCause.Asked or RetireCause.Password => EndReason.RetiredAsked,
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "a cause without a reason"),
    };
}
