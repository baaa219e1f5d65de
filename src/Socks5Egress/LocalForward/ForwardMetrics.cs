using System.Diagnostics.Metrics;

namespace Socks5Egress.LocalForward;

/// <summary>The numbers of <c>forward</c>, one series a target.</summary>
internal static class ForwardMetrics
{
    public const string MeterName = "Socks5Egress.Forward";

    /// <summary>Makes the instruments, which read <paramref name="forwards"/> whenever they are asked.</summary>
    /// <returns>Their meter, to be disposed with them.</returns>
    public static Meter Measure(IReadOnlyList<ForwardState> forwards)
    {
        var meter = new Meter(MeterName);
        meter.CreateObservableGauge("socks5egress.client.forward.up", () => Each(forwards, each => each.Trouble is null ? 1 : 0),
            description: "1 when the last connection or probe reached the target.");
        meter.CreateObservableGauge("socks5egress.client.forward.connections.active", () => Each(forwards, each => each.Open()),
            description: "Open local connections, including those that wait for the gateway.");
        meter.CreateObservableCounter("socks5egress.client.forward.connections", () => Each(forwards, each => each.Connections),
            description: "Local connections that reached the target.");
        meter.CreateObservableCounter("socks5egress.client.forward.failures", () => Each(forwards, each => each.Failures),
            description: "Attempts to reach the target that failed, including those that were repeated.");
        meter.CreateObservableCounter("socks5egress.client.forward.io", () => Each(forwards, each => each.BytesUp, ("network.io.direction", "up"))
            .Concat(Each(forwards, each => each.BytesDown, ("network.io.direction", "down"))), "By", "Bytes of connections that have ended.");
        return meter;
    }

    private static IEnumerable<Measurement<long>> Each(IReadOnlyList<ForwardState> forwards, Func<ForwardState, long> value, (string Key, string Value)? tag = null) =>
        forwards.Select(each => tag is var (key, text)
            ? new Measurement<long>(value(each), new("target", each.Target), new(key, text))
            : new Measurement<long>(value(each), new KeyValuePair<string, object?>("target", each.Target)));
}
