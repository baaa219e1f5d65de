using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>
/// Every metric of the gateway, on one meter. A session costs a look-up, a few increments and at most four histogram entries, at its end;
/// everything else is read when somebody collects. Names and units as OpenTelemetry has them; docs/metrics.md lists them.
/// </summary>
internal sealed class Meters
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Socks5Egress";

    /// <summary>Users with series of their own; those that come later are counted together as <see cref="OtherUsers"/>.</summary>
    public const int MaxUsers = 100;

    public const string OtherUsers = "_other";
    private const string ErrorType = "error.type";
    private static readonly double[] Fast = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];
    private static readonly double[] Slow = [.01, .1, 1, 10, 60, 600, 3600, 21600, 86400];

    private readonly ConcurrentDictionary<SeriesKey, SessionSeries> _series = new();
    private readonly ConcurrentDictionary<(string Class, EndReason End), long> _refusals = new();
    private readonly ConcurrentDictionary<(string Listener, string? Protocol, string Result), long> _handshakes = new();
    private readonly ConcurrentDictionary<string, byte> _users = new(StringComparer.Ordinal);
    private readonly PlaintextCount _plaintext = new();
    private long _reported;
    private long _strangers;
    private readonly Histogram<double> _handshake, _lookUp, _connect, _duration;

    public Meters(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        meter.CreateObservableCounter("socks5egress.sessions", Ends, "{session}", "Connections that have ended.");
        meter.CreateObservableCounter("socks5egress.io", Bytes, "By", "Bytes carried.");
        meter.CreateObservableCounter("socks5egress.handshakes", Handshakes, "{handshake}", "Handshakes by result.");
        meter.CreateObservableCounter("socks5egress.refusals", Refusals, "{session}", "Sessions refused, by the class of the rule.");
        meter.CreateObservableCounter("socks5egress.sessions.reported", () => Interlocked.Read(ref _reported), "{session}", "Sessions that an enforced policy would have refused.");
        meter.CreateObservableCounter("socks5egress.plaintext", _plaintext.Measure, "{session}", "Sessions that did not turn to TLS in their first flight, or forwarded requests in clear.");
        meter.CreateObservableCounter("socks5egress.udp.strangers", () => Interlocked.Read(ref _strangers), "{datagram}", "Datagrams for a UDP association that did not come from its client.");
        _handshake = Seconds(meter, "socks5egress.handshake.duration", "From accept to a whole request.", Fast);
        _lookUp = Seconds(meter, "socks5egress.dns.duration", "From request to judged name's addresses.", Fast);
        _connect = Seconds(meter, "socks5egress.connect.duration", "From addresses to a connected target.", Fast);
        _duration = Seconds(meter, "socks5egress.session.duration", "From accept to close.", Slow);
    }

    /// <summary>The sums so far.</summary>
    public IEnumerable<SessionSeries> Series => _series.Values;

    /// <summary>What also hears of every session that has ended: the status page's memory, the tracer.</summary>
    public Action<SessionRecord>? Ended { private get; set; }

    /// <summary>The series of a session, as far as it is known.</summary>
    public SessionSeries SeriesOf(SessionRecord record) =>
        _series.GetOrAdd(new SeriesKey(record.Listener, record.Protocol, record.Policy, Capped(record.User)), static key => new SessionSeries(key));

    /// <summary>What was said in clear where TLS is required or reported.</summary>
    public PlaintextCount Plaintext => _plaintext;

    /// <summary>A datagram for an association came from somebody else than its client.</summary>
    public void CountStranger() => Interlocked.Increment(ref _strangers);

    /// <summary>Counts what a live session has carried since the last time.</summary>
    public void CountTraffic(SessionRecord record)
    {
        var (up, down) = record.TakeTraffic();
        if (up > 0 || down > 0) SeriesOf(record).Add(up, down);
    }

    /// <summary>Counts a session that is over.</summary>
    public void Count(SessionRecord record)
    {
        if (record.Verdict == Decision.Reported) Interlocked.Increment(ref _reported);
        var series = SeriesOf(record);
        var (up, down) = record.TakeTraffic();
        series.Add(up, down);
        series.Add(record.End);
        var result = record.HandshakeTime is null ? record.End.ToKebab() : "request";
        _handshakes.AddOrUpdate((record.Listener, record.Protocol, result), 1, static (_, count) => count + 1);
        if (RefusalCategory.Of(record.End, record.Rule) is { } refused) _refusals.AddOrUpdate((refused, record.End), 1, static (_, count) => count + 1);
        if (record.HandshakeTime is { } handshake) _handshake.Record(handshake.TotalSeconds);
        if (record.LookUpTime is { } lookUp) _lookUp.Record(lookUp.TotalSeconds);
        if (record.ConnectTime is { } connect)
        {
            var family = record.Dialled!.AddressFamily == AddressFamily.InterNetwork ? "ipv4" : "ipv6";
            _connect.Record(connect.TotalSeconds, new KeyValuePair<string, object?>("network.type", family));
        }
        _duration.Record(record.Duration.TotalSeconds);
        Ended?.Invoke(record);
    }

    private static Histogram<double> Seconds(Meter meter, string name, string description, double[] boundaries) =>
        meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });

    private string? Capped(string? user) =>
        user is null || _users.ContainsKey(user) || (_users.Count < MaxUsers && (_users.TryAdd(user, 0) || true)) ? user : OtherUsers;

    private IEnumerable<Measurement<long>> Ends()
    {
        foreach (var series in _series.Values)
            foreach (var reason in Enum.GetValues<EndReason>())
            {
                if (series.Ends(reason) is var count and > 0) yield return new(count, [.. series.Tags, new(ErrorType, reason.ToKebab())]);
            }
    }

    private IEnumerable<Measurement<long>> Bytes()
    {
        foreach (var series in _series.Values)
        {
            yield return new(series.Up, [.. series.Tags, new("network.io.direction", "up")]);
            yield return new(series.Down, [.. series.Tags, new("network.io.direction", "down")]);
        }
    }

    private IEnumerable<Measurement<long>> Handshakes()
    {
        foreach (var ((listener, protocol, result), count) in _handshakes)
        {
            yield return protocol is null
                ? new(count, new("socks5egress.listener", listener), new("socks5egress.result", result))
                : new(count, new("socks5egress.listener", listener), new("network.protocol.name", protocol), new("socks5egress.result", result));
        }
    }

    private IEnumerable<Measurement<long>> Refusals()
    {
        foreach (var ((refused, end), count) in _refusals)
            yield return new(count, new("socks5egress.rule.class", refused), new(ErrorType, end.ToKebab()));
    }
}
