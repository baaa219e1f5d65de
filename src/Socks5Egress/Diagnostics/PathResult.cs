using Socks5Egress.Client;

namespace Socks5Egress.Diagnostics;

/// <summary>One way to one target, tried.</summary>
/// <param name="Via">The gateway, <c>host:port</c>; null for the direct way.</param>
/// <param name="Steps">What was done, in order.</param>
/// <param name="Works">Every step did.</param>
/// <param name="Fault">What is wrong and what to do, or null.</param>
/// <param name="Egress">The address that the other end says the connection comes from, where it does.</param>
/// <param name="Identity">From where it leaves, by family, as the probes tell it; null when nobody asked them.</param>
internal sealed record PathResult(
    string? Via, IReadOnlyList<CheckStep> Steps, bool Works, string? Fault, string? Egress, IReadOnlyList<ObservedEgress>? Identity = null)
{
    /// <summary>The server was reached and nobody logged in: what is missing for it. Null where a login was tried, or there is none.</summary>
    public string? LoginUntested { get; init; }

    /// <summary>For the head of a column.</summary>
    public static string Title(string? via) => via is null ? "directly" : "through " + via;

    public static PathResult Of(Socks5Proxy? gateway, Steps steps) => new(gateway?.Authority, steps.Done, steps.Fault is null, steps.Fault, steps.Egress);
}

/// <summary>One target by all its ways.</summary>
internal sealed record CheckedTarget(string Target, CheckProtocol Protocol, IReadOnlyList<PathResult> Ways);
