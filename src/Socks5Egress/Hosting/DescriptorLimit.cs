using System.Runtime.InteropServices;

namespace Socks5Egress.Hosting;

/// <summary>How many files the process may open: two a session.</summary>
internal static partial class DescriptorLimit
{
    private const int RlimitNofile = 7;
    private const long Unknown = 1024;

    /// <summary>Kept for what is no session: listeners, admin, look-ups, handshakes.</summary>
    private const long Reserved = 500;

    /// <summary>Raises the soft limit to the hard one.</summary>
    /// <returns>The limit in force; a cautious 1,024 where it cannot be read.</returns>
    public static long Raise()
    {
        if (!OperatingSystem.IsLinux() || GetRlimit(RlimitNofile, out var limit) != 0) return Unknown;
        var wanted = limit with { Soft = limit.Hard };
        return (long)Math.Min(SetRlimit(RlimitNofile, in wanted) == 0 ? limit.Hard : limit.Soft, int.MaxValue);
    }

    /// <summary>The sessions that fit: (limit − 500) / 2, at least 1.</summary>
    public static int Sessions(long descriptors) => (int)Math.Max(1, (descriptors - Reserved) / 2);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetRlimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetRlimit(int resource, in Limit limit);

    private record struct Limit(ulong Soft, ulong Hard);
}
