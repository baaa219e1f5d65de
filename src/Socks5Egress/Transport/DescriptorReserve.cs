namespace Socks5Egress.Transport;

/// <summary>
/// Descriptors that connections leave alone, because the runtime ends the process when it has none: it needs two for every thread that
/// it starts, and a thread starts when it likes. The kernel gives the lowest free number, so a high one tells that few are left.
/// </summary>
/// <param name="Limit">Descriptors that the process may have (RLIMIT_NOFILE).</param>
internal sealed record DescriptorReserve(long Limit)
{
    // 16 threads, and half of that again for the targets of clients that are let in last
    private const int OfTheRuntime = 32, OfTargets = 16;

    /// <summary>For systems where numbers tell nothing.</summary>
    public static DescriptorReserve None { get; } = new(long.MaxValue);

    /// <summary>Whether another connection may be accepted behind this one, or bulk may have a kernel pipe of this number.</summary>
    public bool LeavesRoom(nint descriptor) => descriptor < Limit - OfTheRuntime - OfTargets;

    /// <summary>Whether a connection to a target may have this number.</summary>
    public bool MayDial(nint descriptor) => descriptor < Limit - OfTheRuntime;
}
