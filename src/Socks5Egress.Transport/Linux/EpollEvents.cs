using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Socks5Egress.Transport.Linux;

/// <summary>What epoll says of a descriptor, and what it is asked to say.</summary>
[Flags]
internal enum SocketReadiness : uint
{
    None = 0,
    In = 0x1,
    Urgent = 0x2,
    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    ReadHangUp = 0x2000,
    EdgeTriggered = 1u << 31,
}

/// <summary>
/// <c>struct epoll_event</c>: 32 bits of flags and 64 bits of ours. Packed to 12 bytes on x86-64, 16 bytes with a gap
/// everywhere else, so it is read and written by offset.
/// </summary>
internal static class EpollEvents
{
    private static readonly bool Packed = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;

    /// <summary>Bytes from one event to the next.</summary>
    public static readonly int Size = Packed ? 12 : 16;

    private static readonly int KeyOffset = Packed ? 4 : 8;

    public static SocketReadiness ReadinessOf(ReadOnlySpan<byte> one) => (SocketReadiness)MemoryMarshal.Read<uint>(one);

    public static ulong KeyOf(ReadOnlySpan<byte> one) => MemoryMarshal.Read<ulong>(one[KeyOffset..]);

    public static void Write(Span<byte> one, SocketReadiness interest, ulong key)
    {
        MemoryMarshal.Write(one, (uint)interest);
        MemoryMarshal.Write(one[KeyOffset..], key);
    }
}
