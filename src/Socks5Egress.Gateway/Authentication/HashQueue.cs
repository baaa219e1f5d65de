using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// Passwords that wait to be hashed, and the threads that hash them: one a core, of their own, below the loops in the kernel's eyes, and only while
/// there is work. Nothing that a client can make them do delays a loop, a timer or the thread pool.
/// </summary>
/// <remarks>
/// The queue is shared by source: whoever was wrong least in the last minute goes first, of those the sources that have logged in before, then whoever was
/// served longest ago (<see cref="HashTurns"/>), so that guesses wait behind earlier guesses. When it is full, the newest entry of the busiest source in the busiest
/// network is refused, sources that guess before others. A source that guesses gets half of the cores at most.
/// </remarks>
/// <param name="threads">How many hashes run at once.</param>
/// <param name="capacity">How many may wait beside those.</param>
/// <param name="recentlyWrong">How often a source was wrong of late.</param>
internal sealed partial class HashQueue(int threads, int capacity, Func<ClientPrefix, int> recentlyWrong)
{
    private const int MostRemembered = 1024;
    private const int StackBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Job> _waiting = [];
    private readonly Dictionary<ClientPrefix, int> _running = [];
    private readonly HashTurns _turns = new();
    private readonly ConcurrentDictionary<ClientPrefix, byte> _right = new();
    private int _threads;
    private int _busy;

    /// <summary>A login of this source was right: of sources that do not guess it goes first from here on. Any thread.</summary>
    public void Trust(ClientPrefix source)
    {
        if (_right.ContainsKey(source)) return;
        if (_right.Count >= MostRemembered) _right.Clear();
        _right.TryAdd(source, 0);
    }

    /// <summary>Asks for a hash.</summary>
    /// <param name="source">Who asks.</param>
    /// <param name="name">As whom; empty for a name that nobody has.</param>
    /// <param name="work">What runs on a thread of the queue.</param>
    /// <param name="cancellation">Nobody waits for it any more: its place is free at once.</param>
    /// <returns>Null when it was pushed out, at once or later.</returns>
    public Task<bool?> RunAsync(ClientPrefix source, string name, Func<bool> work, CancellationToken cancellation)
    {
        var job = new Job(source, name, work);
        Job? loser = null;
        lock (_lock)
        {
            _waiting.Add(job);
            if (_waiting.Count + _busy > capacity + threads) _waiting.Remove(loser = Loser());
            if (loser != job && _threads < threads && !TryStartThread() && _threads == 0) _waiting.Remove(loser = job);
        }
        loser?.Done.TrySetResult(null);
        if (cancellation.CanBeCanceled && !job.Done.Task.IsCompleted) WatchFor(job, cancellation);
        return job.Done.Task;
    }

    private void WatchFor(Job job, CancellationToken cancellation)
    {
        var registration = cancellation.UnsafeRegister(_ =>
        {
            lock (_lock) _waiting.Remove(job);
            job.Done.TrySetCanceled(cancellation);
        }, null);
        job.Done.Task.GetAwaiter().UnsafeOnCompleted(() => registration.Dispose());
    }

    // A machine may have no thread to give
    private bool TryStartThread()
    {
        try
        {
            Supervisor.OfProcess.StartThread("password hash", Work, stackBytes: StackBytes);
            _threads++;
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    private void Work()
    {
        LowerPriority();
        while (Take() is { } job)
        {
            try
            {
                job.Done.TrySetResult(job.Work());
            }
#pragma warning disable CA1031 // whatever it is belongs to who asked; the thread goes on for the others
            catch (Exception fault)
#pragma warning restore CA1031
            {
                job.Done.TrySetException(fault);
            }
            lock (_lock)
            {
                _busy--;
                CollectionsMarshal.GetValueRefOrAddDefault(_running, job.Source, out _)--;
            }
        }
    }

    private Job? Take()
    {
        lock (_lock)
        {
            var most = Math.Max(1, threads / 2);
            var next = _waiting.Where(job => recentlyWrong(job.Source) == 0 || _running.GetValueOrDefault(job.Source) < most)
                .MinBy(job => (recentlyWrong(job.Source), _right.ContainsKey(job.Source) ? 0 : 1, _turns.PlaceOf(job.Source, job.Name)));
            if (next is null)
            {
                _threads--;
                return null;
            }
            _waiting.Remove(next);
            _busy++;
            CollectionsMarshal.GetValueRefOrAddDefault(_running, next.Source, out _)++;
            if (_running.Count > MostRemembered) Forget();
            _turns.Serve(next.Source, next.Name, _waiting.Select(job => (job.Source, job.Name)));
            return next;
        }
    }

    private void Forget()
    {
        foreach (var (source, running) in _running)
            if (running == 0) _running.Remove(source);
    }

    private Job Loser()
    {
        // Of equal ones the newest: whoever waits is not pushed out by those who come again and again
        var ofNetwork = _waiting.CountBy(job => job.Source.Network).ToDictionary();
        var most = _waiting.GroupBy(job => job.Source).Reverse().MaxBy(group =>
            (recentlyWrong(group.Key) > 0 ? 2 : _right.ContainsKey(group.Key) ? 0 : 1, ofNetwork[group.Key.Network], group.Count(), recentlyWrong(group.Key)))!;
        return most.GroupBy(job => job.Name).Reverse().MaxBy(group => group.Count())!.Last();
    }

    // Linux has a nice value for each thread. Where it may not be changed, the kernel shares the cores evenly, which is fair too
    private static void LowerPriority()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(0, 0, 5);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, uint who, int nice);

    private sealed class Job(ClientPrefix source, string name, Func<bool> work)
    {
        public ClientPrefix Source { get; } = source;

        public string Name { get; } = name;

        public Func<bool> Work { get; } = work;

        public TaskCompletionSource<bool?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
