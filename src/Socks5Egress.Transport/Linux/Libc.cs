using System.Runtime.InteropServices;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// The system calls, as they are: -1 and errno on failure. Every one is declared with <c>SetLastError</c>, because a
/// garbage collection between the call and the look at errno may overwrite it; read it by <see cref="Errno.Last"/>.
/// Numbers are those of x86-64 and arm64, which agree on all of them.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    public const int CloseOnExec = 0x80000, NonBlocking = 0x800;
    public const int Inet = 2, Inet6 = 10, Stream = 1;
    public const int MsgPeek = 2, MsgDontWait = 0x40, MsgNoSignal = 0x4000;
    public const uint OutQueue = 0x5411;
    public const int ShutRead = 0, ShutWrite = 1;
    public const int SetPipeSize = 1031, GetPipeSize = 1032;
    public const uint SpliceMove = 1, SpliceNonBlocking = 2;

    public const int SolIp = 0, SolSocket = 1, SolTcp = 6, SolIpv6 = 41;

    /// <summary>SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST: what the firewall's connection tracking knows.</summary>
    public const int OriginalDestination = 80;

    public const int SoReuseAddress = 2, SoError = 4, SoKeepAlive = 9, SoOutOfBandInline = 10, SoLinger = 13, SoMaxPacingRate = 47;
    public const int TcpNoDelay = 1, TcpKeepIdle = 4, TcpKeepInterval = 5, TcpKeepCount = 6;
    public const int IpBindAddressNoPort = 24, Ipv6Only = 26;

    [LibraryImport(Name, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport(Name, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* epollEvent);

    [LibraryImport(Name, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int capacity, int milliseconds);

    [LibraryImport(Name, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(Name, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Name, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, byte* address, int length);

    [LibraryImport(Name, EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int fd, int backlog);

    [LibraryImport(Name, EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int fd, byte* address, int* length, int flags);

    [LibraryImport(Name, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int fd, byte* address, int length);

    [LibraryImport(Name, EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(int fd, byte* address, int* length);

    [LibraryImport(Name, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(int fd, int level, int option, int* value, int length);

    [LibraryImport(Name, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(int fd, int level, int option, int* value, int* length);

    [LibraryImport(Name, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, byte* buffer, nint length, int flags);

    [LibraryImport(Name, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport(Name, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nint length);

    [LibraryImport(Name, EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int fd, int how);

    [LibraryImport(Name, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Name, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    /// <summary>Variadic in C, as <see cref="FileControl"/>.</summary>
    [LibraryImport(Name, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int fd, nuint request, int* argument);

    /// <summary>Variadic in C; with one int argument the two calling conventions agree on x86-64 and on Linux arm64.</summary>
    [LibraryImport(Name, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int fd, int command, int argument);

    [LibraryImport(Name, EntryPoint = "splice", SetLastError = true)]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);
}
