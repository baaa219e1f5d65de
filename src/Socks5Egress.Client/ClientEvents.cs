using System.Diagnostics.Tracing;

namespace Socks5Egress.Client;

/// <summary>The sentence of each failure, for dotnet-trace, dotnet-counters and whatever else listens to event sources: a driver behind a forwarder sees a reset alone.</summary>
[EventSource(Name = "Socks5Egress-Client")]
internal sealed class ClientEvents : EventSource
{
    public static readonly ClientEvents Log = new();

    [Event(1, Level = EventLevel.Warning, Message = "{0} through {1}: {2}")]
    public void ConnectFailed(string target, string gateway, string sentence, bool transient)
    {
        if (IsEnabled()) WriteEvent(1, target, gateway, sentence, transient ? 1 : 0);
    }

    [Event(2, Level = EventLevel.Error, Message = "Unhandled exception in {0}; this is a bug, please report it: {1}")]
    public void BackgroundFault(string name, string exception)
    {
        if (IsEnabled()) WriteEvent(2, name, exception);
    }
}
