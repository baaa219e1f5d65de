using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// Threads for work that blocks, apart from the thread pool, on which timers and completions depend. They begin when there is work for them
/// and end when there has been none for a while. Work that lets an exception out is reported, and takes no thread along.
/// </summary>
/// <param name="name">Of the threads.</param>
/// <param name="most">Threads at once; more work waits.</param>
/// <param name="mayStart">Whether one more thread may be started now: it takes two descriptors, and without them the runtime ends the process.</param>
/// <param name="supervisor">Starts the threads, and is told of exceptions.</param>
internal sealed class WorkerThreads(string name, int most, Func<bool> mayStart, Supervisor supervisor) : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private readonly Lock _lock = new();
    private readonly Queue<Action> _work = [];
    private readonly SemaphoreSlim _ready = new(0);
    private int _threads, _idle;
    private bool _stop;

    /// <summary>Threads that there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _threads;
        }
    }

    /// <summary>Runs work on one of the threads. Any thread.</summary>
    public void Run(Action work)
    {
        var start = false;
        lock (_lock)
        {
            if (_stop) return;
            _work.Enqueue(work);
            // The first one always: without it nothing would ever be done
            if (_idle < _work.Count && _threads < most && (_threads == 0 || mayStart()))
            {
                _threads++;
                start = true;
            }
        }
        if (start) supervisor.StartThread(name, Work);
        _ready.Release();
    }

    /// <summary>No more work is begun. What blocks now is left behind: the threads do not keep the process.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stop = true;
            _work.Clear();
        }
        _ready.Release(most);
    }

    private void Work()
    {
        while (TryTake(out var work))
        {
            try
            {
                work();
            }
            catch (Exception exception)
            {
                supervisor.Report(name, exception);
            }
        }
    }

    private bool TryTake(out Action work)
    {
        while (true)
        {
            lock (_lock)
            {
                if (!_stop && _work.TryDequeue(out work!)) return true;
                if (!_stop) _idle++;
            }
            var woken = !_stop && _ready.Wait(Idle);
            lock (_lock)
            {
                _idle--;
                if (woken && !_stop) continue;
                if (!_stop && _work.Count > 0) continue;
                _threads--;
                work = static () => { };
                return false;
            }
        }
    }
}
