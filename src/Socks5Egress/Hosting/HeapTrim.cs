using System.Runtime.InteropServices;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>
/// Gives memory back when the number of sessions has changed much and then stands still: what a rush of handshakes, or thousands of sessions
/// that closed at once, has left on the heap would otherwise stay there until the next full collection, which a gateway of long
/// quiet sessions may not see for hours. Also once after the start.
/// </summary>
/// <remarks>
/// A compacting collection stops every thread, about 2 ms for each MiB that lives; 10,000 sessions are 20 MiB. It happens at most once for each
/// halving or growth by half, never while connections come and go in numbers.
/// </remarks>
internal sealed partial class HeapTrim : IDisposable
{
    /// <summary>Fewer sessions than this are not worth it.</summary>
    private const int Least = 500;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly Func<int> _sessions;
    private readonly Action _collect;
    private readonly BackgroundTimer _timer;
    private int _trimmed = -Least, _last;

    /// <param name="sessions">How many there are now.</param>
    /// <param name="collect">Compacts the heap and gives pages back: <see cref="Collect"/>.</param>
    /// <param name="supervisor">What it runs on.</param>
    public HeapTrim(Func<int> sessions, Action collect, Supervisor supervisor)
    {
        (_sessions, _collect) = (sessions, collect);
        _timer = supervisor.Every("heap trim", Tick, Look);
    }

    /// <summary>The collection that also gives the pages it has freed to the system, and those of the C library: what TLS handshakes held is on its heap.</summary>
    public static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such call
        }
    }

    public void Dispose() => _timer.Dispose();

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallocTrim(nuint keep);

    private void Look()
    {
        var now = _sessions();
        var still = Math.Abs(now - _last) <= now / 100;
        _last = now;
        if (!still || Math.Abs(now - _trimmed) < Math.Max(Least, _trimmed / 2)) return;
        _trimmed = now;
        _collect();
    }
}
