using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// A connection's input with an <see cref="EngineBudget"/>. It bounds the package's receive loop as well, since that one waits until what it
/// has received is examined. Whoever still reads a connection that was closed under it is told so.
/// </summary>
internal sealed class FairReader(PipeReader input, SocketsLeg leg) : PipeReader
{
    private EngineBudget _budget;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_budget.IsSpent) return NextTurnAsync(cancellationToken);
        try
        {
            // A pipe tells of bytes that were examined once, and by a later advance are not any more, only here
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
            if (!input.TryRead(out result)) return false;
        }
        catch (InvalidOperationException) when (leg.IsClosed)
        {
            throw Closed();
        }
        _budget.Spend(result.Buffer.Length);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        try
        {
            input.AdvanceTo(consumed, examined);
        }
        catch (InvalidOperationException) when (leg.IsClosed)
        {
            throw Closed();
        }
    }

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => input.CompleteAsync(exception);

    private static SocketException Closed() => new((int)SocketError.OperationAborted);

    private ReadResult Count(ReadResult read)
    {
        _budget.Spend(read.Buffer.Length);
        return read;
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
