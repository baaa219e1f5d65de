using System.Diagnostics.Metrics;

namespace Socks5Egress.Tests;

/// <summary>Meters that nobody collects.</summary>
internal sealed class TestMeterFactory : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options);

    public void Dispose()
    {
    }
}
