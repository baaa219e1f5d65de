using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A read or a write that may have to wait until its leg is ready. One object a leg serves all of them, one after the other.
/// </summary>
internal abstract class LegOperation(EpollLeg leg) : IValueTaskSource<int>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private bool _waiting;

    protected EpollLeg Leg { get; } = leg;

    /// <summary>Called on the loop's thread whenever the leg may have become ready.</summary>
    public void OnReady()
    {
        if (_waiting && TryFinish(out var count, out var error)) Complete(count, error);
    }

    /// <summary>False: not ready, ask again later. Else done, or an error.</summary>
    protected abstract bool TryFinish(out int count, out SocketError error);

    /// <summary>Lets the caller's memory go.</summary>
    protected abstract void Release();

    /// <summary>Does it at once if it can; else the returned version stands for a <see cref="ValueTask"/> on this object.</summary>
    /// <returns>True when it was done, in <paramref name="count"/> and <paramref name="error"/>.</returns>
    protected bool TryStart(CancellationToken cancellation, out int count, out SocketError error, out short version)
    {
        (count, error, version) = (0, SocketError.Success, 0);
        if (Leg.Loop.IsCurrent && TryFinish(out count, out error))
        {
            Release();
            return true;
        }

        _core.Reset();
        version = _core.Version;
        _cancellation = cancellation;
        if (Leg.Loop.IsCurrent) Wait();
        else Leg.Loop.Post(static s => ((LegOperation)s!).Begin(), this);
        return false;
    }

    private void Begin()
    {
        if (TryFinish(out var count, out var error)) Complete(count, error);
        else Wait();
    }

    private void Wait()
    {
        _waiting = true;
        if (!_cancellation.CanBeCanceled) return;
        _registration = _cancellation.UnsafeRegister(
            static s => ((LegOperation)s!).Leg.Loop.Schedule(static s => ((LegOperation)s!).CancelIfAsked(), s), this);
    }

    // The token that counts is the present one: a late callback of an earlier operation finds nothing to cancel
    private void CancelIfAsked()
    {
        if (!_waiting || !_cancellation.IsCancellationRequested) return;
        var cancellation = _cancellation;
        Settle();
        _core.SetException(new OperationCanceledException(cancellation));
    }

    private void Complete(int count, SocketError error)
    {
        Settle();
        if (error == SocketError.Success) _core.SetResult(count);
        else _core.SetException(EpollStream.Broken(error));
    }

    private void Settle()
    {
        _waiting = false;
        _registration.Unregister();
        _registration = default;
        _cancellation = default;
        Release();
    }

    int IValueTaskSource<int>.GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

/// <summary>Receives once.</summary>
internal sealed class LegRead(EpollLeg leg) : LegOperation(leg)
{
    private Memory<byte> _buffer;

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellation);
        _buffer = buffer;
        if (!TryStart(cancellation, out var count, out var error, out var version)) return new ValueTask<int>(this, version);
        return error == SocketError.Success ? new ValueTask<int>(count) : ValueTask.FromException<int>(EpollStream.Broken(error));
    }

    protected override bool TryFinish(out int count, out SocketError error) => Leg.TryReceive(_buffer.Span, out count, out error);

    protected override void Release() => _buffer = default;
}

/// <summary>Sends until everything is sent.</summary>
internal sealed class LegWrite(EpollLeg leg) : LegOperation(leg)
{
    private ReadOnlyMemory<byte> _left;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled(cancellation);
        _left = bytes;
        if (!TryStart(cancellation, out _, out var error, out var version)) return new ValueTask(this, version);
        return error == SocketError.Success ? ValueTask.CompletedTask : ValueTask.FromException(EpollStream.Broken(error));
    }

    protected override bool TryFinish(out int count, out SocketError error)
    {
        while (true)
        {
            if (!Leg.TrySend(_left.Span, out count, out error)) return false;
            _left = _left[count..];
            if (error != SocketError.Success || _left.IsEmpty) return true;
        }
    }

    protected override void Release() => _left = default;
}
