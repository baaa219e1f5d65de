using Microsoft.Extensions.Logging;

namespace Socks5Egress.Client.Extensions;

internal static partial class Log
{
    [LoggerMessage(EventId = 1, EventName = "socks5.failed", Level = LogLevel.Warning, Message = "No connection to {Target}. {Sentence}")]
    public static partial void Failed(ILogger logger, string target, string sentence);
}
