using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// A connection's input with an <see cref="EngineBudget"/>. It bounds the package's receive loop as well, since that one waits until what it
/// has received is examined.
/// </summary>
internal sealed class FairReader(PipeReader input) : PipeReader
{
    private EngineBudget _budget;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_budget.IsSpent) return NextTurnAsync(cancellationToken);
        var reading = input.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Count(reading.Result)) : CountAsync(reading);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_budget.IsSpent || !input.TryRead(out result))
        {
            result = default;
            return false;
        }
        _budget.Spend(result.Buffer.Length);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => input.CompleteAsync(exception);

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
        return Count(await input.ReadAsync(cancellationToken));
    }
}
