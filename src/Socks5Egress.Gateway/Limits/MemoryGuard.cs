using System.Globalization;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Limits;

/// <summary>
/// Refuses new sessions before the kernel kills the process: above nine tenths of the limit. The resident memory is read at most four times
/// a second, and while it is too high a full collection that gives memory back is asked for, at most once in 10 s.
/// </summary>
/// <param name="limit">Bytes; 0: there is none, and nothing is read.</param>
/// <param name="used">Reads the resident bytes of this process.</param>
/// <param name="release">Gives memory back.</param>
/// <param name="time">The clock.</param>
internal sealed class MemoryGuard(long limit, Func<long> used, Action release, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenReleases = TimeSpan.FromSeconds(10);
    private long _read, _released;
    private volatile bool _isNear;

    /// <summary>Bytes; 0: no limit.</summary>
    public long Limit => limit;

    /// <summary>Above nine tenths.</summary>
    public bool IsNear
    {
        get
        {
            if (limit == 0) return false;
            var now = time.GetTimestamp();
            var last = Volatile.Read(ref _read);
            if (last != 0 && time.GetElapsedTime(last, now) < Fresh) return _isNear;
            if (Interlocked.CompareExchange(ref _read, now, last) != last) return _isNear;
            _isNear = used() > limit / 10 * 9;
            if (_isNear && (_released == 0 || time.GetElapsedTime(_released, now) >= BetweenReleases))
            {
                _released = now;
                release();
            }
            return _isNear;
        }
    }

    /// <summary>This process under a limit of its own, or that of its cgroup.</summary>
    /// <param name="own">Bytes; 0: the cgroup's.</param>
    /// <param name="time">The clock.</param>
    public static MemoryGuard OfProcess(long own, TimeProvider time) => new(
        own > 0 ? own : CgroupLimit(),
        static () => Environment.WorkingSet,
        static () => Supervisor.OfProcess.StartThread("memory release", static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive)),
        time);

    /// <summary>The limit in a file of the kernel; 0 when it says there is none.</summary>
    public static long Parse(string text) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes < 1L << 60 ? bytes : 0;

    // Version 2, then version 1; inside a container both name the container's own limit
    private static long CgroupLimit()
    {
        foreach (var path in (ReadOnlySpan<string>)["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"])
        {
            try
            {
                return Parse(File.ReadAllText(path));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The other version, or no cgroup at all
            }
        }
        return 0;
    }
}
