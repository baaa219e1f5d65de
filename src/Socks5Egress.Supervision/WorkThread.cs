namespace Socks5Egress.Supervision;

/// <summary>
/// A thread for one piece of asynchronous work, from beginning to end: what the work awaits comes back to this thread. Work that may
/// block, or that must not wait for the thread pool, runs here.
/// </summary>
internal sealed class WorkThread : SynchronizationContext
{
    private readonly Lock _lock = new();
    private readonly Queue<(SendOrPostCallback Run, object? State)> _queue = new();
    // Without spinning: the next step may be seconds away
    private readonly ManualResetEventSlim _wake = new(false, spinCount: 0);
    private bool _ended;

    /// <summary>Runs <paramref name="work"/> on a new thread.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="work">Its awaits come back to that thread.</param>
    /// <returns>The end of the work, with its exception if it let one out.</returns>
    public static Task RunAsync(string name, Func<Task> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => new WorkThread().Run(work, done)) { IsBackground = true, Name = name }.UnsafeStart();
        return done.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_lock)
        {
            if (!_ended)
            {
                _queue.Enqueue((d, state));
                _wake.Set();
                return;
            }
        }
        // What outlives the work has no thread any more
        base.Post(d, state);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    private void Run(Func<Task> work, TaskCompletionSource done)
    {
        SetSynchronizationContext(this);
        var task = Begin(work);
        task.GetAwaiter().OnCompleted(_wake.Set);
        while (true)
        {
            _wake.Wait();
            _wake.Reset();
            while (TryTake(task.IsCompleted, out var next)) next.Run(next.State);
            if (_ended) break;
        }
        done.SetFromTask(task);
    }

    private static async Task Begin(Func<Task> work) => await work();

    private bool TryTake(bool isLast, out (SendOrPostCallback Run, object? State) next)
    {
        lock (_lock)
        {
            if (_queue.TryDequeue(out next)) return true;
            _ended |= isLast;
            return false;
        }
    }
}
