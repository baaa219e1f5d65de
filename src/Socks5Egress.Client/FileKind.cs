using System.Runtime.InteropServices;

namespace Socks5Egress.Client;

/// <summary>What kind of file stands at a path: .NET does not tell a socket from a plain file.</summary>
internal static partial class FileKind
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint TypeWanted = 1;
    private const uint InodeWanted = 0x100;
    private const int ModeOffset = 28;
    private const ushort TypeMask = 0xF000;
    private const ushort SocketType = 0xC000;

    /// <summary>
    /// Whether it is a socket itself, not a link to one. Elsewhere than on Linux nobody says, and what nobody says is no socket: a stale one
    /// is then in the way until its owner removes it.
    /// </summary>
    public static bool IsSocket(string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        // struct statx is 256 bytes on every architecture; stx_mode is the 16 bits at 28
        Span<byte> found = stackalloc byte[256];
        return Statx(CurrentFolder, path, NoFollow, TypeWanted, found) == 0
            && (MemoryMarshal.Read<ushort>(found[ModeOffset..]) & TypeMask) == SocketType;
    }

    /// <summary>Whether two paths lead to the same file.</summary>
    public static bool IsSame(string one, string other)
    {
        Span<byte> first = stackalloc byte[256], second = stackalloc byte[256];
        // stx_ino is the 64 bits at 32, stx_dev_major and stx_dev_minor are the 64 bits at 136
        return Statx(CurrentFolder, one, NoFollow, InodeWanted, first) == 0 && Statx(CurrentFolder, other, NoFollow, InodeWanted, second) == 0
            && first.Slice(32, 8).SequenceEqual(second.Slice(32, 8)) && first.Slice(136, 8).SequenceEqual(second.Slice(136, 8));
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> found);
}
