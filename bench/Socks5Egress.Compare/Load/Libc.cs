using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Socks5Egress.Compare.Load;

/// <summary>The few system calls of the generator and the target. They use descriptors as they are: one thread, no runtime between.</summary>
internal static unsafe partial class Libc
{
    internal const int Again = 11;
    internal const int InProgress = 115;
    internal const int ProtocolError = 71;

    private const int Inet = 2;
    private const int StreamNonBlocking = 1 | 0x800 | 0x80000;
    private const int Tcp = 6;
    private const int NoDelay = 1;
    private const int NoSignal = 0x4000;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int ErrorOption = 4;
    private const int TimerSlack = 29;

    /// <summary>A non-blocking TCP socket without Nagle's delay, or -1.</summary>
    public static int TcpSocket()
    {
        int fd = Socket(Inet, StreamNonBlocking, 0);
        if (fd >= 0) SetOption(fd, Tcp, NoDelay, 1);
        return fd;
    }

    /// <summary>Starts to connect to a port of 127.0.0.1.</summary>
    /// <returns>0 or an errno; <see cref="InProgress"/> is the usual one.</returns>
    public static int ConnectLoopback(int fd, int port)
    {
        SocketAddress address = SocketAddress.Loopback(port);
        return Connect(fd, &address, sizeof(SocketAddress)) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Listens on a free port of 127.0.0.1 with the longest queue the kernel gives.</summary>
    public static int ListenLoopback(out int port)
    {
        int fd = TcpSocket();
        SetOption(fd, SocketLevel, ReuseAddress, 1);
        SocketAddress address = SocketAddress.Loopback(0);
        int length = sizeof(SocketAddress);
        if (fd < 0 || Bind(fd, &address, length) != 0 || Listen(fd, 65_535) != 0 || GetSocketName(fd, &address, &length) != 0)
            throw new SocketException(Marshal.GetLastPInvokeError(), "No port of 127.0.0.1 can be listened on.");
        port = address.Port;
        return fd;
    }

    /// <summary>The next connection of a listening socket, or -1.</summary>
    public static int Accept(int listener)
    {
        int fd = Accept4(listener, null, null, StreamNonBlocking & ~1);
        if (fd >= 0) SetOption(fd, Tcp, NoDelay, 1);
        return fd;
    }

    /// <summary>Bytes taken by the kernel, or minus the errno.</summary>
    public static int Send(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            nint sent = Send(fd, first, bytes.Length, NoSignal);
            return sent >= 0 ? (int)sent : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Bytes received, 0 behind the peer's FIN, or minus the errno.</summary>
    public static int Receive(int fd, Span<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            nint received = Receive(fd, first, bytes.Length, 0);
            return received >= 0 ? (int)received : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>The error that a failed connect has left on the socket, or 0.</summary>
    public static int PendingError(int fd)
    {
        int error = 0, length = sizeof(int);
        return GetOption(fd, SocketLevel, ErrorOption, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    /// <summary>Keeps this process on one core.</summary>
    public static void Pin(int core)
    {
        ulong mask = 1UL << core;
        if (SetAffinity(0, sizeof(ulong), &mask) != 0)
            throw new SocketException(Marshal.GetLastPInvokeError(), $"This process cannot be kept on core {core}.");
    }

    /// <summary>Timed waits end when they are due, not up to 50 µs later.</summary>
    public static void SharpenTimers() => _ = ProcessControl(TimerSlack, 1, 0, 0, 0);

    /// <summary>
    /// Nanoseconds of CPU that a process has used, with all its threads, also those that have ended; -1 when it is gone.
    /// The clock id is the one <c>clock_getcpuclockid(3)</c> gives: the figures in <c>/proc/PID/stat</c> are in steps of 10 ms.
    /// </summary>
    public static long CpuTime(int pid)
    {
        Timespec time;
        return ClockGetTime((~pid << 3) | 2, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : -1;
    }

    private static void SetOption(int fd, int level, int name, int value) => _ = SetOption(fd, level, name, &value, sizeof(int));

    [StructLayout(LayoutKind.Sequential)]
    internal struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary><c>struct sockaddr_in</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SocketAddress
    {
        private ushort _family;
        private byte _portHigh, _portLow;
        private byte _a, _b, _c, _d;
        private readonly ulong _zero;

        public readonly int Port => (_portHigh << 8) | _portLow;

        public static SocketAddress Loopback(int port) =>
            new() { _family = Inet, _portHigh = (byte)(port >> 8), _portLow = (byte)port, _a = 127, _d = 1 };
    }

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int fd, void* change);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    internal static partial int EpollWait(int epoll, void* events, int capacity, Timespec* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int fd, SocketAddress* address, int length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int fd, SocketAddress* address, int length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int Listen(int fd, int backlog);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int GetSocketName(int fd, SocketAddress* address, int* length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int Accept4(int fd, void* address, int* length, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int fd, int level, int name, void* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int fd, int level, int name, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int fd, byte* bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int fd, byte* bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockGetTime(int clock, Timespec* time);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int pid, nint length, ulong* mask);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nint a, nint b, nint c, nint d);
}
