using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;

namespace Socks5Egress.Hosting;

/// <summary>
/// Tells systemd that the gateway is ready, that it stops, and, where the unit asks for a watchdog, that its accept loops live. Does nothing
/// under anything else.
/// </summary>
internal sealed class ServiceManager(Readiness readiness, TimeProvider time) : IDisposable
{
    private readonly SystemdNotifier _notifier = new();
    private ITimer? _watchdog;

    /// <summary>Ready; from here on the watchdog is fed, twice in the time it allows.</summary>
    public void Ready()
    {
        if (!_notifier.IsEnabled) return;
        _notifier.Notify(ServiceState.Ready);
        if (WatchdogInterval(Environment.GetEnvironmentVariable("WATCHDOG_USEC")) is not { } interval) return;
        _watchdog = time.CreateTimer(
            static state =>
            {
                var manager = (ServiceManager)state!;
                if (manager.IsAlive) manager._notifier.Notify(new ServiceState("WATCHDOG=1"));
            },
            this, TimeSpan.Zero, interval);
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

    private bool IsAlive => readiness.Healthy;
}
