using Socks5Egress.Supervision;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// The plain side: what the leg's pipes are made of. Disposing it, which completing the output does, sends close-notify and then FIN; the
/// reading side goes on.
/// </summary>
internal abstract class PlaintextStream(ILeg raw) : Stream
{
    private int _closed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The connection below.</summary>
    protected ILeg Raw { get; } = raw;

    /// <returns>0 after a close-notify.</returns>
    /// <exception cref="TruncatedException">The connection ended without one: somebody may have cut it.</exception>
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>Completes when the kernel has taken everything.</summary>
    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>For bytes that were still unflushed when the pipe was completed: a close behind a gap would look like an end in order.</summary>
    public override void Write(byte[] buffer, int offset, int count) => Raw.Abort();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    /// <summary>Disposing it does nothing from here on.</summary>
    protected void LeaveOpen() => Volatile.Write(ref _closed, 1);

    /// <summary>Sends close-notify.</summary>
    protected abstract Task ShutdownAsync();

    protected override void Dispose(bool disposing)
    {
        Supervisor.OfProcess.Run("close-notify", TryCloseAsync);
        base.Dispose(disposing);
    }

    private async Task TryCloseAsync()
    {
        try
        {
            await CloseAsync();
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            // Broken already: whoever reads it hears of that
        }
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        await ShutdownAsync();
        await Raw.Output.CompleteAsync();
    }
}
