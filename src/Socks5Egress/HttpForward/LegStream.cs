using System.Buffers;
using Socks5Egress.Accounting;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;

namespace Socks5Egress.HttpForward;

/// <summary>
/// An origin's leg as <see cref="SocketsHttpHandler"/> wants it. What waits for bytes goes on on the thread pool, so that the handler's work
/// does not hold the thread that owns the connection.
/// </summary>
internal sealed class LegStream(ILeg leg, Action<LegStream> onClosed) : Stream
{
    private int _closed;

    public ILeg Leg => leg;

    /// <summary>What it was dialled for.</summary>
    public required Destination Destination { get; init; }

    /// <summary>How that was judged.</summary>
    public Judgement? Judgement { get; init; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>An empty <paramref name="buffer"/> waits until there is something to read.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var reading = leg.Input.ReadAsync(cancellationToken);
            var waited = !reading.IsCompleted;
            var read = await reading;
            if (waited) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var taken = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, buffer.Length));
            taken.CopyTo(buffer.Span);
            // Behind the advance its segments may be another's, and their lengths with them
            var count = (int)taken.Length;
            leg.Input.AdvanceTo(taken.End);
            return count;
        }
        catch (Exception exception) when (exception is not OperationCanceledException && LegFaults.TryTranslate(exception, out _))
        {
            throw Broken(exception);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var writing = leg.Output.WriteAsync(buffer, cancellationToken);
            var waited = !writing.IsCompleted;
            await writing;
            if (waited) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && LegFaults.TryTranslate(exception, out _))
        {
            throw Broken(exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            // Both transports only begin the close here; nothing waits for it
            Supervisor.OfProcess.Run("close of an origin", () => leg.DisposeAsync().AsTask());
            onClosed(this);
        }
        base.Dispose(disposing);
    }

    private static IOException Broken(Exception exception) => new("The origin's connection is broken.", exception);
}
