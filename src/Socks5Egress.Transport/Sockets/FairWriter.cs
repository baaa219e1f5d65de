using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// A connection's output with an <see cref="EngineBudget"/>. When the package's send loop has met an error it completes the pipe from its side, and
/// whoever writes then is told that writing is not allowed: that is a broken connection too, unless the writer itself has completed it.
/// </summary>
internal sealed class FairWriter(PipeWriter output, SocketsLeg leg) : PipeWriter
{
    private EngineBudget _budget;
    private long _unflushed;
    private bool _completed;

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        try
        {
            return output.GetMemory(sizeHint);
        }
        catch (InvalidOperationException) when (HasBroken)
        {
            throw Broken();
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        _unflushed += bytes;
        try
        {
            output.Advance(bytes);
        }
        catch (ArgumentOutOfRangeException) when (HasBroken)
        {
            // The memory that was lent has gone with the pipe
            throw Broken();
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_budget.IsSpent) return NextTurnAsync(cancellationToken);
        _budget.Spend(_unflushed);
        _unflushed = 0;
        try
        {
            return output.FlushAsync(cancellationToken);
        }
        catch (InvalidOperationException) when (HasBroken)
        {
            throw Broken();
        }
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        output.Complete(exception);
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        _completed = true;
        return output.CompleteAsync(exception);
    }

    private bool HasBroken => !_completed && leg.HasEnded;

    private SocketException Broken() => new((int)(leg.IsClosed ? SocketError.OperationAborted : SocketError.ConnectionReset));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> NextTurnAsync(CancellationToken cancellationToken)
    {
        await _budget.Renew();
        return await FlushAsync(cancellationToken);
    }
}
