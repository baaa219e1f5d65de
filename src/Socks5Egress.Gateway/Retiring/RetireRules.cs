using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>Which sessions are due, and which moment is quiet. Pure.</summary>
internal static class RetireRules
{
    // PostgreSQL's ReadyForQuery: 'Z', a length of 5, and the status, of which I is idle and T and E are within a transaction
    private const ulong ReadyAndIdle = 0x5A_00_00_00_05_49, InTransaction = 0x5A_00_00_00_05_54, InFailedTransaction = 0x5A_00_00_00_05_45,
        Last6Bytes = 0xFFFF_FFFF_FFFF;

    // The protocol of a StartupMessage (major 3, whatever minor), and the longest length that a server takes
    private const uint Protocol3 = 3, LongestStartup = 10_000;

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
        var end = traffic.DownEnd & Last6Bytes;
        // An answer that pauses is no quiet moment; only this one message says that the server waits. What was not looked at may be an answer, too
        if (IsPostgres(traffic.UpBegin)) return end == ReadyAndIdle && IsSilent(traffic, began, quiet, now, time);
        // Another protocol whose message ends like this by chance only waits for longer
        return end is not (InTransaction or InFailedTransaction) && IsSilent(traffic, began, quiet, now, time);
    }

    /// <summary>Whether both directions are open and nothing has flowed for so long, whoever spoke last.</summary>
    /// <inheritdoc cref="IsQuiet"/>
    public static bool IsSilent(Traffic traffic, long began, TimeSpan quiet, long now, TimeProvider time) => traffic is { FinUp: 0, FinDown: 0 }
        && time.GetElapsedTime(Math.Max(Math.Max(began, traffic.LastUp), Math.Max(traffic.LastDown, traffic.LastProgress)), now) >= quiet;

    /// <summary>A client that began so speaks PostgreSQL in clear.</summary>
    /// <param name="begin">Its first 8 bytes: the length and the protocol of a StartupMessage.</param>
    private static bool IsPostgres(ulong begin) => (uint)(begin >> 48) == 0 && (uint)(begin >> 32) is > 8 and <= LongestStartup && (uint)begin >> 16 == Protocol3;

    /// <summary>The reason of an end by this cause.</summary>
    public static EndReason Reason(RetireCause cause) => cause switch
    {
        RetireCause.Lifetime => EndReason.RetiredLifetime,
        RetireCause.Moved => EndReason.RetiredMoved,
        RetireCause.Asked or RetireCause.Password => EndReason.RetiredAsked,
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "a cause without a reason"),
    };
}
