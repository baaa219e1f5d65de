using System.Buffers;
using Microsoft.Extensions.Logging;
using Socks5Egress.Configuration;

namespace Socks5Egress.Logging;

/// <summary>Loggers that write to standard error and never wait for it. See <see cref="LineQueue"/> for why it is not the package's.</summary>
internal sealed class StandardErrorLoggerProvider : ILoggerProvider
{
    private const int Capacity = 1024 * 1024;
    private const string LossEvent = "log.dropped";

    private readonly LineQueue _queue;
    private readonly bool _json;
    private readonly TimeProvider _clock;

    /// <summary>The ones of this process.</summary>
    public StandardErrorLoggerProvider(LogSettings settings, TimeProvider clock)
        : this(settings.Json, clock, Console.OpenStandardError())
    {
    }

    /// <summary>Loggers that write to any stream.</summary>
    public StandardErrorLoggerProvider(bool json, TimeProvider clock, Stream output)
    {
        _json = json;
        _clock = clock;
        _queue = new LineQueue(output, Capacity, DescribeLoss);
    }

    /// <summary>Lines that nobody will see. For a metric.</summary>
    public long Dropped => _queue.Dropped;

    public ILogger CreateLogger(string categoryName) => new EventLogger(categoryName, _json, _clock, _queue);

    /// <summary>Writes what can be written within a second.</summary>
    public void Dispose() => _queue.Dispose();

    private void DescribeLoss(IBufferWriter<byte> output, long lines)
        => EventLogger.Format(output, _json, new LogEvent(_clock.GetUtcNow(), LogLevel.Warning, LossEvent, [new("lines", lines)], null, null));
}
