using System.Collections.Immutable;

namespace Socks5Egress.Supervision;

/// <summary>
/// Starts everything that runs beside the sessions: timers, loops, threads, and work that nobody awaits. Each has a name; an exception that
/// it lets out is reported with that name, never ends the process, and never ends the work: it begins anew after a pause. What fails again
/// and again is named by <see cref="Failing"/>, which readiness shows.
/// </summary>
/// <remarks>Nothing else in the program makes a thread, a timer or a task that is not awaited; <c>Tree/SupervisionTests</c> holds that.</remarks>
/// <param name="time">The clock.</param>
/// <param name="timers">What timers run on; null: as <paramref name="time"/> has them.</param>
internal sealed class Supervisor(TimeProvider time, TimeProvider? timers = null)
{
    private readonly Lock _lock = new();
    private ImmutableArray<BackgroundHealth> _all = [];
    private Action<string, Exception> _report = static (name, exception) =>
        Console.Error.WriteLine($"socks5egress: unhandled exception in {name}; this is a bug, please report it: {exception}");

    /// <summary>The one of this process. Its timers have a thread of their own.</summary>
    public static Supervisor OfProcess { get; } = new(TimeProvider.System, new TimerThread());

    public TimeProvider Time => time;

    /// <summary>Where timers fire. Not for delays: what follows an awaited delay would run on the thread of the timers.</summary>
    public TimeProvider Timers { get; } = timers ?? time;

    /// <summary>The work that cannot go on.</summary>
    public IEnumerable<BackgroundHealth> Failing => _all.Where(static each => each.IsFailing);

    /// <summary>Reports to <paramref name="report"/> from here on. Must not block.</summary>
    public void ReportTo(Action<string, Exception> report) => _report = report;

    /// <summary>Tells of an exception that nobody expected.</summary>
    public void Report(string name, Exception exception) => _report(name, exception);

    /// <summary>Short work again and again, until the result is disposed. It must not block.</summary>
    public BackgroundTimer Every(string name, TimeSpan period, Action work, bool isEssential = false) =>
        new(this, Watch(name, isEssential), period, work);

    /// <summary>Work until the result is disposed. When it returns before that, it has ended.</summary>
    /// <param name="name">As logs and readiness have it.</param>
    /// <param name="work">Begins anew when it has let an exception out.</param>
    /// <param name="onOwnThread">For work that blocks, or that must not wait for the thread pool.</param>
    /// <param name="isEssential">Without it the gateway should be given no traffic.</param>
    public BackgroundLoop Loop(string name, Func<CancellationToken, Task> work, bool onOwnThread = false, bool isEssential = false) =>
        new(this, Watch(name, isEssential), work, onOwnThread);

    /// <summary>A thread that runs <paramref name="work"/> until it returns, and again when it has let an exception out.</summary>
    /// <param name="name">As logs and readiness have it, and the thread's name.</param>
    /// <param name="work">Begins anew when it has let an exception out.</param>
    /// <param name="isEssential">Without it the gateway should be given no traffic.</param>
    /// <param name="stackBytes">The size of its stack; 0: the usual one.</param>
    /// <returns>The thread, started.</returns>
    public Thread StartThread(string name, Action work, bool isEssential = false, int stackBytes = 0)
    {
        var health = Watch(name, isEssential);
        var thread = new Thread(() => RunThread(health, work), stackBytes) { IsBackground = true, Name = name };
        try
        {
            thread.UnsafeStart();
        }
        catch
        {
            // A machine may have no thread to give: the caller decides
            Forget(health);
            throw;
        }
        return thread;
    }

    /// <summary>Work that blocks and ends: it has a thread of its own, to which what it awaits comes back.</summary>
    /// <returns>Its end, with its exception if it let one out.</returns>
    public static Task OnThreadAsync(string name, Func<Task> work) => WorkThread.RunAsync(name, work);

    /// <summary>Work that nobody awaits. It begins on the caller's thread.</summary>
    public void Run(string name, Func<Task> work) => Run(name, static work => work(), work);

    /// <inheritdoc cref="Run(string, Func{Task})"/>
    /// <param name="name">As logs have it.</param>
    /// <param name="work">What runs.</param>
    /// <param name="state">Given to <paramref name="work"/>: for work of which there is much, and which should cost no delegate each.</param>
    public async void Run<T>(string name, Func<T, Task> work, T state)
    {
        try
        {
            await work(state);
        }
        catch (OperationCanceledException)
        {
            // Given up, by whoever had begun it
        }
        catch (Exception exception)
        {
            Report(name, exception);
        }
    }

    /// <summary>Cancels <paramref name="source"/>. Callbacks run at once, and one that fails keeps none of the others from running.</summary>
    public void Cancel(string name, CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (Exception exception)
        {
            Report(name, exception);
        }
    }

    /// <summary>The work is over.</summary>
    internal void Forget(BackgroundHealth health)
    {
        lock (_lock) _all = _all.Remove(health);
    }

    private BackgroundHealth Watch(string name, bool isEssential)
    {
        var health = new BackgroundHealth(name, isEssential, this);
        lock (_lock) _all = _all.Add(health);
        return health;
    }

    private void RunThread(BackgroundHealth health, Action work)
    {
        using var pause = new ManualResetEventSlim(false, spinCount: 0);
        while (true)
        {
            try
            {
                work();
                break;
            }
            catch (Exception exception)
            {
                pause.Wait(health.Failed(exception));
            }
        }
        Forget(health);
    }
}
