using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Identity;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Listening;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Gateway.Sessions;

namespace Socks5Egress.Admin;

/// <summary>What can be seen of the gateway from outside: the metrics that are states, and what the status page shows. Filled in as the gateway starts.</summary>
internal sealed class GatewayStatus
{
    /// <summary>Destinations with a series of their own: the fullest.</summary>
    public const int MaxDestinations = 10;

    public required SessionTable Sessions { get; init; }

    public required Meters Meters { get; init; }

    public required Readiness Readiness { get; init; }

    /// <summary>The rules that hold now; null until there are any.</summary>
    public Func<ConfigSnapshot?> Rules { private get; set; } = static () => null;

    /// <summary>How much is let in, as the last reload has it.</summary>
    public SessionLimits Limits => Rules()?.Limits ?? new SessionLimits(Sessions.Capacity);

    /// <summary>Files the process may open.</summary>
    public required long DescriptorLimit { get; init; }

    /// <summary>Log lines that nobody saw.</summary>
    public required Func<long> DroppedLines { get; init; }

    /// <summary>Names of the users there are.</summary>
    public required IReadOnlyCollection<string> Users { get; init; }

    public Func<EgressIdentity> Identity { get; set; } = static () => EgressIdentity.Off;

    /// <summary>The sessions that may be due; null until there are any.</summary>
    public RetiringSessions? Retiring { private get; set; }

    /// <summary>How many sessions are due by each cause.</summary>
    public IEnumerable<(string Cause, int Sessions)> Due => Enum.GetValues<RetireCause>().Where(cause => cause != RetireCause.None)
        .Select(cause => (cause.ToString().ToLowerInvariant(), Retiring?.Due(cause) ?? 0));

    public DestinationLimiter? Ceiling { get; set; }

    public IReadOnlyList<AcceptLoop> Loops { get; set; } = [];

    /// <summary>Files that are open; 0 where the system does not tell.</summary>
    public static long OpenDescriptors => OperatingSystem.IsLinux() ? Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount() : 0;

    /// <summary>The destinations with the most sessions; none without a ceiling, as then nobody counts.</summary>
    public IEnumerable<KeyValuePair<string, int>> Destinations =>
        (Ceiling?.Open ?? []).OrderByDescending(each => each.Value).Take(MaxDestinations).Select(each => new KeyValuePair<string, int>(each.Key.ToString(), each.Value));

    /// <summary>Static forwards and their targets.</summary>
    public IEnumerable<ForwardSnapshot> Forwards => Readiness.Forwards();

    /// <summary>The sessions that a user may have at once; 0: no limit.</summary>
    public int MostSessionsOf(string user) => Rules()?.SessionsOf(user) is { } own and > 0 ? own : Limits.UserSessions;

    /// <summary>Adds the states to the metrics.</summary>
    public void Measure(IMeterFactory factory)
    {
        var meter = factory.Create(Meters.MeterName);
        meter.CreateObservableUpDownCounter("socks5egress.sessions.active", Active, "{session}", "Open connections.");
        meter.CreateObservableGauge("socks5egress.sessions.limit", () => Limits.Sessions, "{session}", "Sessions there may be.");
        meter.CreateObservableGauge("socks5egress.user.sessions.limit", () => Limits.UserSessions, "{session}", "Sessions of a user who has no number of its own; 0 is no limit.");
        meter.CreateObservableGauge("socks5egress.source.sessions.limit", () => Limits.SourceSessions, "{session}", "Sessions of one client address; 0 is no limit.");
        meter.CreateObservableGauge("socks5egress.sessions.rate.limit", () => Limits.Rate, "{session}", "New sessions a second; 0 is no limit.");
        meter.CreateObservableGauge("socks5egress.handshakes.limit", () => Limits.Pending, "{handshake}", "Connections there may be whose request is not read yet; 0 is no limit.");
        meter.CreateObservableGauge("socks5egress.handshakes.pending", () => Sessions.Pending, "{handshake}", "Connections whose request is not read yet.");
        meter.CreateObservableGauge("socks5egress.connections.warm", () => Sessions.Warm.Count, "{connection}", "Logged-in connections that wait for their request.");
        meter.CreateObservableGauge("socks5egress.sessions.due", () => Due.Select(due => new Measurement<int>(due.Sessions, new KeyValuePair<string, object?>("socks5egress.cause", due.Cause))), "{session}", "Sessions that end at their next quiet moment, by cause.");
        meter.CreateObservableGauge("socks5egress.accept.backoff", Backoff, "{listener}", "1 while a listener cannot accept and waits.");
        meter.CreateObservableCounter("socks5egress.accept.failures", Failures, "{failure}", "Accepts that failed for want of something.");
        meter.CreateObservableGauge("socks5egress.file_descriptors.open", () => OpenDescriptors, "{file_descriptor}", "Open file descriptors.");
        meter.CreateObservableGauge("socks5egress.file_descriptors.limit", () => DescriptorLimit, "{file_descriptor}", "File descriptors there may be.");
        meter.CreateObservableGauge("socks5egress.identity", IdentityStates, "{family}", "1 for the state that a family's egress address is in.");
        meter.CreateObservableGauge("socks5egress.destination.sessions", () => Destinations.Select(each => new Measurement<long>(each.Value, new KeyValuePair<string, object?>("network.peer.address", each.Key))), "{session}", "Sessions to one address: the fullest ten, when there is a ceiling.");
        meter.CreateObservableGauge("socks5egress.destination.limit", () => Ceiling?.Most ?? 0, "{session}", "Sessions to one address; 0 is no ceiling.");
        meter.CreateObservableGauge("socks5egress.forward.target.up", () => Targets(target => target.IsUp ? 1 : 0), "{target}", "1 while new connections go to a target of a forward.");
        meter.CreateObservableGauge("socks5egress.forward.target.sessions", () => Targets(target => target.Connections), "{session}", "Sessions that a target of a forward has.");
        meter.CreateObservableGauge("socks5egress.ready", () => Readiness.Reasons.IsEmpty ? 1 : 0, "{gateway}", "1 when it should be given traffic.");
        meter.CreateObservableGauge("socks5egress.draining", () => Readiness.Reasons.Contains("draining") ? 1 : 0, "{gateway}", "1 while it stops.");
        meter.CreateObservableCounter("socks5egress.log.dropped", () => DroppedLines(), "{line}", "Log lines that were lost because standard error was full.");
    }

    /// <summary>Counts what the live sessions have carried since the last time.</summary>
    /// <returns>All bytes since the start.</returns>
    public (long Up, long Down) CountTraffic()
    {
        foreach (var session in Sessions.All) Meters.CountTraffic(session.Record);
        return (Meters.Series.Sum(series => series.Up), Meters.Series.Sum(series => series.Down));
    }

    private IEnumerable<Measurement<long>> Active()
    {
        CountTraffic();
        // Series that have fallen to nothing stay, at 0
        var open = Meters.Series.ToDictionary(series => series, _ => 0L);
        foreach (var session in Sessions.Serving)
        {
            var series = Meters.SeriesOf(session.Record);
            open[series] = open.GetValueOrDefault(series) + 1;
        }
        return open.Select(pair => new Measurement<long>(pair.Value, pair.Key.Tags));
    }

    private IEnumerable<Measurement<long>> Backoff() => Loops.Select(loop => new Measurement<long>(loop.Healthy ? 0 : 1, Listener(loop)));

    private IEnumerable<Measurement<long>> Failures() => Loops.Select(loop => new Measurement<long>(loop.Failures, Listener(loop)));

    private IEnumerable<Measurement<int>> Targets(Func<TargetSnapshot, int> value) => Forwards.SelectMany(forward => forward.Targets.Select(target => new Measurement<int>(
        value(target), new("socks5egress.listener", forward.Listen.ToString()), new("server.address", target.Target.Name ?? target.Target.Address!.ToString()), new("server.port", (int)target.Target.Port))));

    private static KeyValuePair<string, object?> Listener(AcceptLoop loop) => new("socks5egress.listener", loop.Listener);

    private IEnumerable<Measurement<long>> IdentityStates()
    {
        var identity = Identity();
        foreach (var family in identity.Families)
        {
            var now = identity.Of(family);
            foreach (var state in IdentityState.All)
                yield return new(IdentityState.Of(now) == state ? 1 : 0, new("network.type", FamilyName.Of(family)), new("socks5egress.state", state));
        }
    }
}
