using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// Waits once until something can be received, or until somebody ends the wait. It is all that a leg without pipes holds meanwhile: no registration, no
/// exception, no buffer.
/// </summary>
internal sealed class LegWait(EpollLeg leg) : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private bool _begun, _over;

    public ValueTask<bool> WaitAsync()
    {
        leg.Loop.Schedule(static state => ((LegWait)state!).Begin(), this);
        return new ValueTask<bool>(this, _core.Version);
    }

    /// <summary>On the loop's thread: the leg's readiness has changed, or it was closed.</summary>
    public void OnReady()
    {
        if (!_begun || _over || !leg.TryReceive([], out _, out var error)) return;
        _over = true;
        if (error == SocketError.Success) _core.SetResult(true);
        else _core.SetException(EpollStream.Broken(error));
    }

    /// <summary>On the loop's thread.</summary>
    public void End()
    {
        if (_over) return;
        _over = true;
        _core.SetResult(false);
    }

    private void Begin()
    {
        _begun = true;
        OnReady();
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
