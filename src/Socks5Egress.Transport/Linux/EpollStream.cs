using System.Net.Sockets;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A leg as a <see cref="Stream"/>, which is what <c>PipeReader.Create</c> and <c>PipeWriter.Create</c> build on: one read and
/// one write may be under way at a time, from any thread; their continuations run on the loop. Disposing it sends FIN and leaves
/// the reading side alone.
/// </summary>
internal sealed class EpollStream(EpollLeg leg) : Stream
{
    private readonly LegRead _read = new(leg);
    private readonly LegWrite _write = new(leg);
    private bool _detached, _finished;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>An empty <paramref name="buffer"/> waits until there is something to read, and holds no memory meanwhile.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _detached ? new ValueTask<int>(0) : _read.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Completes when the kernel has taken everything.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _write.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>
    /// For bytes that were still unflushed when the pipe was completed. Nothing here may block, so what the kernel does not
    /// take at once breaks the connection: a FIN behind a gap would look like an end in order.
    /// </summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
        var bytes = buffer.AsMemory(offset, count).ToArray();
        leg.Loop.Schedule(state =>
        {
            leg.LiftBudget();
            if (!leg.TrySend(bytes, out var sent, out SocketError _) || sent < bytes.Length) leg.Close(reset: true);
        }, null);
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>The leg's readiness has changed, or it was closed.</summary>
    public void OnReady()
    {
        _read.OnReady();
        _write.OnReady();
    }

    /// <summary>From here on it reads as ended, and disposing it does nothing.</summary>
    public void Detach() => _detached = _finished = true;

    /// <summary>The exception that the pipes let through for <see cref="LegFaults"/> to translate.</summary>
    public static IOException Broken(SocketError error) => new("The connection is broken.", new SocketException((int)error));

    protected override void Dispose(bool disposing)
    {
        if (!_finished)
        {
            _finished = true;
            leg.Loop.Schedule(static s => ((EpollLeg)s!).SendFin(), leg);
        }

        base.Dispose(disposing);
    }
}
