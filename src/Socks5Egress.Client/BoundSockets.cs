namespace Socks5Egress.Client;

/// <summary>The Unix sockets that processes have, as the kernel lists them for this network namespace.</summary>
internal static class BoundSockets
{
    private const string Table = "/proc/net/unix";
    private const int PathColumn = 8;

    /// <summary>Whether one of them may be bound to this path. What was bound by a relative name may lie anywhere: its last part counts.</summary>
    public static bool Has(string path)
    {
        // Without the list no file is removed
        if (!File.Exists(Table)) return OperatingSystem.IsLinux();
        var full = Path.GetFullPath(path);
        return File.ReadLines(Table).Skip(1).Select(Bound).OfType<string>().Any(bound => Path.IsPathRooted(bound)
            ? bound == full || bound == path || FileKind.IsSame(bound, path)
            : Path.GetFileName(bound) == Path.GetFileName(full));
    }

    /// <summary>Num: RefCount Protocol Flags Type St Inode Path. A path may have blanks; those that begin with @ have no file.</summary>
    private static string? Bound(string line)
    {
        var parts = line.Split(' ', PathColumn, StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == PathColumn && parts[^1][0] != '@' ? parts[^1] : null;
    }
}
