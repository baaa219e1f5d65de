using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Socks5Egress.Compare.Load;

/// <summary>An epoll instance and the events of its last wait.</summary>
internal sealed unsafe class Poll : IDisposable
{
    public const uint In = 0x1;
    public const uint Out = 0x4;
    public const uint Error = 0x8;
    public const uint HangUp = 0x10;
    public const uint Edge = 1u << 31;

    private const int Capacity = 512;
    private const int AddOperation = 1;
    private const int ModifyOperation = 3;

    // struct epoll_event is packed on x86-64 only
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Stride - 8;

    private readonly int _epoll = Libc.EpollCreate(0);
    private readonly byte* _events = (byte*)NativeMemory.AllocZeroed(Capacity * 16);

    public void Add(int fd, uint events) => Control(AddOperation, fd, events);

    public void Modify(int fd, uint events) => Control(ModifyOperation, fd, events);

    /// <summary>How many events there are, waiting at most so long; a negative time does not wait at all.</summary>
    public int Wait(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        Libc.Timespec timeout = new() { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        return Math.Max(0, Libc.EpollWait(_epoll, _events, Capacity, &timeout, null));
    }

    /// <summary>One event of the last wait.</summary>
    public (uint Events, int Fd) this[int index]
    {
        get
        {
            byte* at = _events + (index * Stride);
            return (Unsafe.ReadUnaligned<uint>(at), Unsafe.ReadUnaligned<int>(at + DataOffset));
        }
    }

    public void Dispose()
    {
        _ = Libc.Close(_epoll);
        NativeMemory.Free(_events);
    }

    private void Control(int operation, int fd, uint events)
    {
        byte* change = stackalloc byte[16];
        Unsafe.WriteUnaligned(change, events);
        Unsafe.WriteUnaligned(change + DataOffset, (long)fd);
        if (Libc.EpollControl(_epoll, operation, fd, change) != 0)
            throw new SocketException(Marshal.GetLastPInvokeError(), $"epoll does not take descriptor {fd}.");
    }
}
