using System.Net.Security;
using Socks5Egress.Supervision;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// The plain side: what the leg's pipes are made of. Disposing it, which completing the output does, sends close-notify and then FIN; the
/// reading side goes on.
/// </summary>
internal sealed class TlsPayload(SslStream tls, TlsWire wire, ILeg raw, DecryptionGate gate) : Stream
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

    /// <returns>0 after a close-notify.</returns>
    /// <exception cref="TruncatedException">The connection ended without one: somebody may have cut it.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        gate.Enter();
        try
        {
            var count = await tls.ReadAsync(buffer, cancellationToken);
            return count == 0 && buffer.Length > 0 && wire.Ended ? throw new TruncatedException() : count;
        }
        catch (IOException cause) when (wire.Ended && cause is not TruncatedException)
        {
            throw new TruncatedException();
        }
        finally
        {
            gate.Leave();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Completes when the kernel has taken everything.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        tls.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>For bytes that were still unflushed when the pipe was completed: a close behind a gap would look like an end in order.</summary>
    public override void Write(byte[] buffer, int offset, int count) => raw.Abort();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

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
        await gate.RunAsync(tls.ShutdownAsync);
        await raw.Output.CompleteAsync();
    }
}
