using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>What stands at a path.</summary>
internal enum FileKind
{
    /// <summary>Nobody says.</summary>
    Unknown,
    Regular,
    Folder,
    Pipe,
    Other,
}

/// <summary>
/// Linux's calls for files that may not answer: .NET opens a pipe by waiting for somebody who writes into it, and does not tell it from a plain file.
/// </summary>
internal static unsafe partial class FileCalls
{
    /// <summary>EAGAIN: there is nothing yet.</summary>
    public const int TryAgain = 11;

    private const string Name = "libc";
    private const int Interrupted = 4;
    private const int NonBlocking = 0x800, CloseOnExec = 0x80000, NoTerminal = 0x100;
    private const int CurrentFolder = -100, EmptyPath = 0x1000;
    private const uint TypeWanted = 1;
    private const int ModeOffset = 28, TypeMask = 0xF000;
    private const short In = 1;

    /// <summary>Opens for reading without waiting for anybody.</summary>
    /// <returns>Null when that fails.</returns>
    public static SafeFileHandle? Open(string path)
    {
        var handle = new SafeFileHandle(OpenFile(path, NonBlocking | CloseOnExec | NoTerminal), ownsHandle: true);
        if (!handle.IsInvalid) return handle;
        handle.Dispose();
        return null;
    }

    /// <summary>What stands at a path, at the end of its links.</summary>
    public static FileKind KindOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return FileKind.Unknown;
        Span<byte> found = stackalloc byte[256];
        return Statx(CurrentFolder, path, 0, TypeWanted, found) == 0 ? Kind(found) : FileKind.Unknown;
    }

    /// <summary>What was opened.</summary>
    public static FileKind KindOf(SafeFileHandle handle)
    {
        Span<byte> found = stackalloc byte[256];
        return Statx((int)handle.DangerousGetHandle(), "", EmptyPath, TypeWanted, found) == 0 ? Kind(found) : FileKind.Unknown;
    }

    /// <returns>How many bytes; 0 at the end; -1 with the last error.</returns>
    public static int Read(SafeFileHandle handle, byte[] buffer)
    {
        nint read;
        fixed (byte* into = buffer)
        {
            do read = ReadFile(handle, into, (nuint)buffer.Length);
            while (read < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        }

        return (int)read;
    }

    /// <returns>False when nothing has come by then, neither bytes nor the end.</returns>
    public static bool WaitReadable(SafeFileHandle handle, int milliseconds)
    {
        var wanted = new Wanted { Handle = (int)handle.DangerousGetHandle(), Events = In };
        return Poll(ref wanted, 1, milliseconds) > 0;
    }

    // struct statx is 256 bytes on every architecture; stx_mode is the 16 bits at 28
    private static FileKind Kind(ReadOnlySpan<byte> statx) => (MemoryMarshal.Read<ushort>(statx[ModeOffset..]) & TypeMask) switch
    {
        0x8000 => FileKind.Regular,
        0x4000 => FileKind.Folder,
        0x1000 => FileKind.Pipe,
        _ => FileKind.Other,
    };

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport(Name, EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReadFile(SafeFileHandle handle, byte* buffer, nuint length);

    [LibraryImport(Name, EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref Wanted wanted, nuint count, int milliseconds);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> found);

    [StructLayout(LayoutKind.Sequential)]
    private struct Wanted
    {
        public int Handle;
        public short Events;
        public short Returned;
    }
}
