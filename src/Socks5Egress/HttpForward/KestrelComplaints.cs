using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Socks5Egress.HttpForward;

/// <summary>
/// Kestrel answers a broken head itself and tells nobody but its log. This is that log: it keeps, for each connection, the status of the last
/// refusal, and drops everything else.
/// </summary>
internal sealed class KestrelComplaints : ILoggerFactory, ILogger
{
    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);

    /// <summary>The status Kestrel refused this connection with; 0 when it did not.</summary>
    public int Take(string connection) => _refusals.TryRemove(connection, out var status) ? status : 0;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not BadHttpRequestException refusal || state is not IEnumerable<KeyValuePair<string, object?>> values) return;
        foreach (var (key, value) in values)
        {
            if (key == "ConnectionId" && value is string connection) _refusals[connection] = refusal.StatusCode;
        }
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Debug;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
