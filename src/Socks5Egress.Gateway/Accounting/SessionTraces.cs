using System.Diagnostics;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>
/// One span a session with its stages as children. Made when the session is over, from the times that its record holds: nothing is
/// carried along while it lives.
/// </summary>
internal sealed class SessionTraces(TimeProvider time) : IDisposable
{
    public const string SourceName = "Socks5Egress";

    private readonly ActivitySource _source = new(SourceName);

    public void Write(SessionRecord record)
    {
        if (!_source.HasListeners()) return;
        var end = time.GetUtcNow();
        var start = end - record.Duration;
        Activity.Current = null;
        using var span = _source.CreateActivity("session", ActivityKind.Server, default(ActivityContext), Tags(record));
        if (span is null) return;
        span.SetStartTime(start.UtcDateTime).Start();
        var cursor = start;
        Stage(span, "handshake", ActivityKind.Internal, ref cursor, record.HandshakeTime);
        Stage(span, "dns", ActivityKind.Internal, ref cursor, record.LookUpTime);
        Stage(span, "connect", ActivityKind.Client, ref cursor, record.ConnectTime);
        if (record.ConnectTime is not null) Stage(span, "relay", ActivityKind.Internal, ref cursor, end - cursor);
        if (record.End.Level() >= Microsoft.Extensions.Logging.LogLevel.Warning) span.SetStatus(ActivityStatusCode.Error, record.End.ToKebab());
        span.SetEndTime(end.UtcDateTime);
        span.Stop();
    }

    public void Dispose() => _source.Dispose();

    private void Stage(Activity session, string name, ActivityKind kind, ref DateTimeOffset cursor, TimeSpan? took)
    {
        if (took is not { } length) return;
        using var span = _source.StartActivity(name, kind, session.Context, tags: null, links: null, startTime: cursor);
        cursor += length;
        span?.SetEndTime(cursor.UtcDateTime);
    }

    private static IEnumerable<KeyValuePair<string, object?>> Tags(SessionRecord record)
    {
        foreach (var (key, value) in record)
        {
            if (value is null || key.EndsWith("_ms", StringComparison.Ordinal)) continue;
            yield return new(key == "end" ? "error.type" : "socks5egress." + key, value);
        }
    }
}
