using Socks5Egress.Compare.Proxies;

namespace Socks5Egress.Compare.Reports;

/// <summary>What was demanded of one of our transports and what it did.</summary>
/// <param name="Work">The work.</param>
/// <param name="Demand">The bar in words.</param>
/// <param name="Metric">Of both figures.</param>
/// <param name="Value">Ours.</param>
/// <param name="Limit">The bar as a figure of this run.</param>
internal sealed record BarResult(string Work, string Demand, Metric Metric, double? Value, double? Limit)
{
    /// <summary>Null when one of the two figures was not measured.</summary>
    public bool? Passed => Value is null || Limit is null ? null : Metric.MoreIsBetter ? Value >= Limit : Value <= Limit;
}

/// <summary>The bars that the gateway is held to, beside the peers of the same run.</summary>
internal sealed class Bars(Medians medians, IReadOnlyList<ProxyKind> kinds)
{
    private static readonly string[] Haproxy = ["haproxy", "haproxy-splice"];
    private static readonly string[] SplicingHaproxy = ["haproxy-splice"];
    private static readonly string[] EventLoops = ["haproxy", "haproxy-splice", "nginx"];
    private static readonly string[] HaproxyTls = ["haproxy-tls"];
    private readonly string[] _tls = [.. kinds.Where(kind => kind.Tls && kind.Family == ProxyFamily.Forwarder).Select(kind => kind.Name)];
    private readonly string[] _socks = Names(kinds, ProxyFamily.Socks);
    private readonly string[] _peers = [.. Names(kinds, ProxyFamily.Socks), .. Names(kinds, ProxyFamily.Forwarder)];

    /// <summary>All bars for one transport where TLS ends at it.</summary>
    public IReadOnlyList<BarResult> JudgeTls(string ours) =>
    [
        .. new[] { "tls-bulk-1-down", "tls-bulk-1-up", "tls-bulk-8-down", "tls-bulk-8-up" }.Select(scenario =>
            Against(scenario, "≥ the best peer", Metric.Throughput, scenario, ours, _tls, 1)),
        Against("tls-reply-16", "≥ 0.9 × HAProxy", Metric.Rate, "tls-reply-16", ours, HaproxyTls, 0.9),
        Against("tls-connect-32, resumed", "≥ 0.8 × HAProxy", Metric.Rate, "tls-connect-32", ours, HaproxyTls, 0.8),
        IdleTls(ours),
    ];

    /// <summary>All bars for one transport.</summary>
    public IReadOnlyList<BarResult> Judge(string ours) =>
    [
        .. new[] { "reply-16", "reply-128" }.SelectMany(scenario => Replies(scenario, ours)),
        Against("64 B, 1 connection, on the client's core", "≤ the best SOCKS peer", Metric.P50, "reply-1-pinned", ours, _socks, 1),
        Against("connect, 32 at once", "≥ 1.4 × the best SOCKS peer", Metric.Rate, "connect-32", ours, _socks, 1.4),
        Against("connect, 32 at once, a client that pipelines", "≥ 1.4 × the best SOCKS peer", Metric.Rate, "connect-32-pipelined", ours, _socks, 1.4),
        .. new[] { "bulk-1-down", "bulk-1-up" }.SelectMany(scenario => SingleBulk(scenario, ours)),
        .. new[] { "bulk-8-down", "bulk-8-up", "bulk-64-down", "bulk-64-up" }.Select(scenario =>
            Against(scenario, "≥ 0.9 × the best peer", Metric.Throughput, scenario, ours, _peers, 0.9)),
        Against("9,500 idle sessions", "≤ HAProxy's", Metric.PerSession, "idle-9500", ours, Haproxy, 1),
        Fixed("9,500 idle sessions, closed", "back within 20 %", Metric.Growth, "idle-9500", ours, 1.2),
        Fixed("128 active of 9,500 against 128 alone", "CPU ≤ 1.2 ×", Metric.WorkGrowth, "idle-9500", ours, 1.2),
        Fixed("start to ready", "≤ 60 ms", Metric.Ready, "start", ours, 60),
        Fixed("resident at rest", "≤ 30 MiB", Metric.RestRss, "start", ours, 30),
        Fixed("resident at rest, `--admin off`", "≤ 15 MiB", Metric.RestRss, "start", ours == "epoll" ? "no-admin" : "", 15),
    ];

    private BarResult IdleTls(string ours)
    {
        BarResult peer = Against("1,000 idle TLS sessions", "≤ 24, or the best peer's", Metric.PerSession, "tls-idle-1000", ours, _tls, 1);
        return peer with { Limit = Math.Max(24, peer.Limit ?? 0) };
    }

    private static string[] Names(IReadOnlyList<ProxyKind> kinds, ProxyFamily family) =>
        [.. kinds.Where(kind => kind.Family == family).Select(kind => kind.Name)];

    private BarResult[] Replies(string scenario, string ours) =>
    [
        Against(scenario, "≥ the best of HAProxy and nginx", Metric.Rate, scenario, ours, EventLoops, 1),
        Against(scenario, "CPU ≤ theirs", Metric.UnitCpu, scenario, ours, EventLoops, 1),
    ];

    private BarResult[] SingleBulk(string scenario, string ours) =>
    [
        Against(scenario, "CPU ≤ 1.3 × HAProxy with splice", Metric.BulkCpu, scenario, ours, SplicingHaproxy, 1.3),
        Against(scenario, "≥ 0.9 × HAProxy with splice", Metric.Throughput, scenario, ours, SplicingHaproxy, 0.9),
    ];

    private BarResult Against(string work, string demand, Metric metric, string scenario, string ours, string[] peers, double factor) =>
        new(work, demand, metric, medians.Of(metric, scenario, ours), factor * medians.Best(metric, scenario, peers));

    private BarResult Fixed(string work, string demand, Metric metric, string scenario, string ours, double limit) =>
        new(work, demand, metric, medians.Of(metric, scenario, ours), limit);
}
