using System.Runtime.CompilerServices;

namespace Socks5Egress.Transport;

/// <summary>
/// Awaited, it goes on behind everything that the thread pool has queued. <c>Task.ConfigureAwait(ForceYielding)</c> is no substitute: it
/// takes the worker's own queue, which is served first, and from its end.
/// </summary>
internal readonly struct PoolTurn : ICriticalNotifyCompletion
{
    public bool IsCompleted => false;

    public PoolTurn GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) =>
        ThreadPool.UnsafeQueueUserWorkItem(static goOn => goOn(), continuation, preferLocal: false);
}
