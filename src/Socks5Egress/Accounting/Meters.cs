using System.Diagnostics.Metrics;

namespace Socks5Egress.Accounting;

/// <summary>The gateway's numbers, counted as sessions end. Read by <c>/metrics</c> and by any listener of <see cref="MeterName"/>.</summary>
internal sealed class Meters
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Socks5Egress";

    private readonly long[] _ends = new long[Enum.GetValues<EndReason>().Length];
    private readonly Counter<long> _sessions;
    private readonly Counter<long> _bytes;
    private long _bytesUp, _bytesDown, _reported;

    public Meters(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        _sessions = meter.CreateCounter<long>("socks5egress.sessions", "{session}", "Connections that have ended, by reason.");
        _bytes = meter.CreateCounter<long>("socks5egress.io", "By", "Bytes carried by sessions that have ended.");
    }

    public long BytesUp => Interlocked.Read(ref _bytesUp);

    public long BytesDown => Interlocked.Read(ref _bytesDown);

    /// <summary>Sessions that an enforced policy would have refused.</summary>
    public long Reported => Interlocked.Read(ref _reported);

    /// <summary>How many connections ended for this reason.</summary>
    public long Ends(EndReason reason) => Interlocked.Read(ref _ends[(int)reason]);

    /// <summary>Counts a session that is over.</summary>
    public void Count(SessionRecord record)
    {
        Interlocked.Increment(ref _ends[(int)record.End]);
        if (record.Verdict == "report") Interlocked.Increment(ref _reported);
        Interlocked.Add(ref _bytesUp, record.Traffic.BytesUp);
        Interlocked.Add(ref _bytesDown, record.Traffic.BytesDown);
        if (_sessions.Enabled) _sessions.Add(1, new KeyValuePair<string, object?>("error.type", record.End.ToKebab()));
        if (!_bytes.Enabled) return;
        _bytes.Add(record.Traffic.BytesUp, new KeyValuePair<string, object?>("network.io.direction", "up"));
        _bytes.Add(record.Traffic.BytesDown, new KeyValuePair<string, object?>("network.io.direction", "down"));
    }
}
