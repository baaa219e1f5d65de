using System.Runtime.InteropServices;

namespace Socks5Egress.Exec.Namespace;

/// <summary>The system calls that the helper's parent needs and the transport does not.</summary>
internal static unsafe partial class HelperCalls
{
    private const string Name = "libc";

    public const int Unix = 1, Datagram = 2, SequencedPacket = 5, ControlTruncated = 8, CloseOnExecReceived = 0x40000000;
    public const int SetDumpable = 4, ReadWrite = 2, GetFlags = 1, SetFlags = 2;

    [LibraryImport(Name, EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int family, int type, int protocol, int* ends);

    [LibraryImport(Name, EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport(Name, EntryPoint = "posix_spawn")]
    public static partial int Spawn(int* process, byte* path, void* actions, void* attributes, byte** words, byte** environment);

    [LibraryImport(Name, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitFor(int process, int* status, int options);

    [LibraryImport(Name, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport(Name, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [LibraryImport(Name, EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int descriptor, int number);

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Name, EntryPoint = "getppid")]
    public static partial int ParentProcess();

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public nint Name;
        public uint NameLength;
        public Slice* Slices;
        public nint SliceCount;
        public byte* Control;
        public nint ControlLength;
        public int Flags;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Slice
    {
        public byte* Bytes;
        public nint Length;
    }
}
