using Microsoft.Extensions.Logging;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>The one log line of a session.</summary>
internal static class SessionLog
{
    private static readonly EventId SessionEnd = new(1, "session.end");

    /// <summary>Writes it, at the level of its end.</summary>
    public static void Ended(ILogger logger, SessionRecord record)
    {
        var level = record.End.Level();
        if (logger.IsEnabled(level)) logger.Log(level, SessionEnd, record, null, static (state, _) => state.ToString());
    }
}
