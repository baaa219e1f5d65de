using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;
using Socks5Egress.Admin;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>
/// Tells systemd that the gateway is ready, that it stops, and, where the unit asks for a watchdog, that its accept loops live. Does nothing
/// under anything else.
/// </summary>
internal sealed class SystemdNotifications(Readiness readiness, Supervisor supervisor) : IDisposable
{
    private readonly SystemdNotifier _notifier = new();
    private BackgroundTimer? _watchdog;

    /// <summary>Ready; from here on the watchdog is fed, twice in the time it allows.</summary>
    public void Ready()
    {
        if (!_notifier.IsEnabled) return;
        _notifier.Notify(ServiceState.Ready);
        if (WatchdogInterval(Environment.GetEnvironmentVariable("WATCHDOG_USEC")) is not { } interval) return;
        Feed();
        _watchdog = supervisor.Every("watchdog", interval, Feed);
    }

    /// <summary>The drain has begun.</summary>
    public void Stopping()
    {
        if (_notifier.IsEnabled) _notifier.Notify(ServiceState.Stopping);
    }

    /// <summary>Half of what the variable allows; null when there is no watchdog.</summary>
    public static TimeSpan? WatchdogInterval(string? microseconds) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var allowed) && allowed > 0
            ? TimeSpan.FromMicroseconds(allowed / 2.0)
            : null;

    public void Dispose() => _watchdog?.Dispose();

    private void Feed()
    {
        if (readiness.Healthy) _notifier.Notify(new ServiceState("WATCHDOG=1"));
    }
}
