using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// A connection's input with an <see cref="EngineBudget"/>. It bounds the package's receive loop as well, since that one waits until what it
/// has received is examined. Whoever still reads a connection that was closed under it is told so.
/// </summary>
/// <remarks>
/// Bytes that somebody has examined without taking them, such as a look for a reset, stay examined. A pipe would take that back as soon as less is examined. It
/// stops its writer only in the moment when the first byte is unexamined that a write has brought, so that from then on it would not stop it at all: a client that sends
/// and does not read would fill the memory. What was examined is given out from here instead, until somebody examines more.
/// </remarks>
internal sealed class FairReader(PipeReader input, SocketsLeg leg) : PipeReader
{
    private EngineBudget _budget;
    // What the last read gave, how much of its beginning the pipe knows as examined, and whether the pipe's own read goes on
    private ReadResult _last;
    private long _examined;
    private volatile bool _isHeld;
    private int _isCancelled;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_budget.IsSpent) return NextTurnAsync(cancellationToken);
        if (_isHeld) return new ValueTask<ReadResult>(Count(Held));
        try
        {
            // What is there already costs no more than this
            if (input.TryRead(out var ready)) return new ValueTask<ReadResult>(Count(ready));
            var reading = input.ReadAsync(cancellationToken);
            return reading.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Count(reading.Result)) : CountAsync(reading);
        }
        catch (InvalidOperationException) when (leg.IsClosed)
        {
            throw Closed();
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (_budget.IsSpent) return false;
        try
        {
            if (_isHeld) result = Held;
            else if (!input.TryRead(out result)) return false;
        }
        catch (InvalidOperationException) when (leg.IsClosed)
        {
            throw Closed();
        }
        Count(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_examined > 0 || !consumed.Equals(examined))
        {
            var ahead = _last.Buffer.Slice(0, examined).Length;
            var taken = consumed.Equals(examined) ? ahead : _last.Buffer.Slice(0, consumed).Length;
            var isHeld = ahead < _examined;
            _examined = Math.Max(ahead, _examined) - taken;
            if (isHeld)
            {
                _last = new ReadResult(_last.Buffer.Slice(consumed), false, _last.IsCompleted);
                _isHeld = true;
                return;
            }
            _isHeld = false;
            Interlocked.MemoryBarrier();
        }
        _last = default;
        try
        {
            input.AdvanceTo(consumed, examined);
        }
        catch (InvalidOperationException) when (leg.IsClosed)
        {
            throw Closed();
        }
        if (Volatile.Read(ref _isCancelled) != 0) PassCancellationOn();
    }

    public override void CancelPendingRead()
    {
        if (!_isHeld)
        {
            input.CancelPendingRead();
            return;
        }
        // A read of what is held comes at once, and says so
        Interlocked.Exchange(ref _isCancelled, 1);
        if (!_isHeld) PassCancellationOn();
    }

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => input.CompleteAsync(exception);

    private ReadResult Held => leg.IsClosed ? throw Closed()
        : new ReadResult(_last.Buffer, Interlocked.Exchange(ref _isCancelled, 0) != 0, _last.IsCompleted);

    // What was held was taken before anybody read that it was cancelled
    private void PassCancellationOn()
    {
        if (Interlocked.Exchange(ref _isCancelled, 0) != 0) input.CancelPendingRead();
    }

    private static SocketException Closed() => new((int)SocketError.OperationAborted);

    private ReadResult Count(ReadResult read)
    {
        _budget.Spend(read.Buffer.Length);
        return _last = read;
    }

    // Even a read that waited counts: the receive loop may have run its continuation, and goes on as soon as that returns
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> CountAsync(ValueTask<ReadResult> reading) => Count(await reading);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> NextTurnAsync(CancellationToken cancellationToken)
    {
        await _budget.Renew();
        return await ReadAsync(cancellationToken);
    }
}
