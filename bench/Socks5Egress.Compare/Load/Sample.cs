using Socks5Egress.Compare.Proxies;

namespace Socks5Egress.Compare.Load;

/// <summary>One scenario on one proxy in one round, as it was measured.</summary>
internal sealed record Sample
{
    public string Scenario { get; set; } = "";

    public string Proxy { get; set; } = "";

    /// <summary>From 1.</summary>
    public int Round { get; set; }

    public Work? Work { get; set; }

    /// <summary>The work of the same active connections once the idle ones were closed, for "hold" scenarios with active ones.</summary>
    public Work? Alone { get; set; }

    public Held? Held { get; set; }

    public Start? Start { get; set; }

    /// <summary>Connections that failed or ended before their time.</summary>
    public int Errors { get; set; }

    /// <summary>Messages or blocks that were not what had been sent.</summary>
    public long Mismatches { get; set; }

    /// <summary>Why a figure is missing or doubtful.</summary>
    public string? Note { get; set; }
}

/// <summary>What was done in a measured span of time, and what it cost.</summary>
/// <param name="Units">Requests, connections, or bytes.</param>
/// <param name="Seconds">The length of the span.</param>
/// <param name="ProxyCpu">Seconds of CPU of all processes of the proxy; null for the direct path.</param>
/// <param name="ClientCpu">The same of the load process: near the length of the span, it was the limit.</param>
/// <param name="TargetCpu">The same of the target.</param>
/// <param name="Latency">In microseconds; null for bulk.</param>
internal sealed record Work(long Units, double Seconds, double? ProxyCpu, double ClientCpu, double TargetCpu, Latency? Latency);

/// <summary>Percentiles in microseconds, from all values.</summary>
internal sealed record Latency(double P50, double P90, double P99, double P999, double Max);

/// <summary>Memory of the proxy around a number of open sessions.</summary>
/// <param name="Sessions">How many there were; each had carried one message both ways.</param>
/// <param name="OpenedIn">Seconds to open them.</param>
/// <param name="Before">With none.</param>
/// <param name="During">With all of them, a moment after the last was opened.</param>
/// <param name="After">When all were closed, at most <paramref name="SettledIn"/> seconds later.</param>
/// <param name="SettledIn">When memory was back within a fifth of the start, or the end of patience.</param>
internal sealed record Held(int Sessions, double OpenedIn, Resident Before, Resident During, Resident After, double SettledIn);

/// <param name="ReadyIn">Milliseconds from starting the process to the first accepted connection.</param>
/// <param name="Rest">Memory a moment later, nothing served yet.</param>
internal sealed record Start(double ReadyIn, Resident Rest);
