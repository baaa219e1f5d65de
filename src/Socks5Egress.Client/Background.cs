namespace Socks5Egress.Client;

/// <summary>
/// Starts everything that runs beside the caller, under a name. An exception that such work lets out is a bug; it goes to the event source and ends
/// neither the process nor anything else. <c>Tree/SupervisionTests</c> holds that nothing else in the package makes a task that is not awaited.
/// </summary>
internal static class Background
{
    /// <summary>Starts work that is not awaited. It begins on the caller's thread.</summary>
    public static void Run(string name, Func<Task> work) => _ = GuardedAsync(name, work);

    /// <summary>Starts work away from the caller's thread and its synchronization context; the caller awaits the result.</summary>
    public static Task OnPoolAsync(Func<Task> work) => Task.Run(work);

    /// <summary>Looks after something again and again, for as long as others hold it: one that is forgotten ends its own timer.</summary>
    /// <param name="name">For what an exception is reported under.</param>
    /// <param name="time">The clock.</param>
    /// <param name="period">Between two looks.</param>
    /// <param name="owner">Held weakly.</param>
    /// <param name="look">Must not hold the owner.</param>
    /// <returns>Runs until it is disposed.</returns>
    public static ITimer WhileAlive<T>(string name, TimeProvider time, TimeSpan period, T owner, Action<T> look)
        where T : class
    {
        var held = new WeakReference<T>(owner);
        var started = new Lock();
        ITimer? timer = null;
        lock (started)
        {
            timer = time.CreateTimer(_ =>
            {
                if (!held.TryGetTarget(out var alive))
                {
                    lock (started) timer?.Dispose();
                    return;
                }
                Run(name, () =>
                {
                    look(alive);
                    return Task.CompletedTask;
                });
            }, null, period, period);
            return timer;
        }
    }

    private static async Task GuardedAsync(string name, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // Canceled by its caller
        }
#pragma warning disable CA1031 // no caller is left to receive it; the event source reports it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ClientEvents.Log.BackgroundFault(name, exception.ToString());
        }
    }
}
