using System.Diagnostics;
using Socks5Egress.Compare.Proxies;

namespace Socks5Egress.Compare.Load;

/// <summary>The measured span: clocks of time and CPU at its two ends.</summary>
internal sealed class Window(int proxy, TargetControl target)
{
    private long _start;
    private Costs _costs;

    public void Begin()
    {
        _costs = Costs.Now(proxy, target);
        _start = Stopwatch.GetTimestamp();
    }

    public Work End(long units, Latencies? latencies)
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        Costs now = Costs.Now(proxy, target);
        return new Work(units, seconds, now.Proxy - _costs.Proxy, now.Client - _costs.Client, now.Target - _costs.Target,
            latencies?.Summary());
    }

    private readonly record struct Costs(double? Proxy, double Client, double Target)
    {
        public static Costs Now(int proxy, TargetControl target) => new(
            proxy == 0 ? null : ProcessTree.CpuSeconds(proxy),
            Libc.CpuTime(Environment.ProcessId) / 1e9,
            target.Ask().CpuNanoseconds / 1e9);
    }
}
