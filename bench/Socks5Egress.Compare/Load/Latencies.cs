using System.Diagnostics;

namespace Socks5Egress.Compare.Load;

/// <summary>Every latency of a span, kept whole: percentiles are exact, and recording is one store.</summary>
internal sealed class Latencies
{
    private const int Capacity = 4_000_000;
    private readonly long[] _ticks = GC.AllocateUninitializedArray<long>(Capacity);
    private int _count;

    public void Record(long ticks)
    {
        if (_count < Capacity) _ticks[_count++] = ticks;
    }

    public void Clear() => _count = 0;

    public Latency? Summary()
    {
        if (_count == 0) return null;
        Span<long> sorted = _ticks.AsSpan(0, _count);
        sorted.Sort();
        return new Latency(At(sorted, 0.5), At(sorted, 0.9), At(sorted, 0.99), At(sorted, 0.999), At(sorted, 1));
    }

    private static double At(ReadOnlySpan<long> sorted, double share)
    {
        int index = (int)Math.Ceiling(share * sorted.Length) - 1;
        return sorted[Math.Max(0, index)] * 1e6 / Stopwatch.Frequency;
    }
}
