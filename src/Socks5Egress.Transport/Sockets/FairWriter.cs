using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Transport.Sockets;

/// <summary>A connection's output with an <see cref="EngineBudget"/>.</summary>
internal sealed class FairWriter(PipeWriter output) : PipeWriter
{
    private EngineBudget _budget;
    private long _unflushed;

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        _unflushed += bytes;
        output.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_budget.IsSpent) return NextTurnAsync(cancellationToken);
        _budget.Spend(_unflushed);
        _unflushed = 0;
        return output.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => output.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => output.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> NextTurnAsync(CancellationToken cancellationToken)
    {
        await _budget.Renew();
        _budget.Spend(_unflushed);
        _unflushed = 0;
        return await output.FlushAsync(cancellationToken);
    }
}
