using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// The encrypted side: a leg's pipes as the <see cref="Stream"/> that <c>SslStream</c> works on. Remembers whether the connection has ended
/// below, which is how a truncation is told from a close-notify. A read never goes beyond the record that it is in: when the handshake is done,
/// <c>SslStream</c> has nothing that comes behind it, and <see cref="TlsRecords"/> can take over.
/// </summary>
internal sealed class CiphertextStream(ILeg leg, DecryptionGate gate) : Stream
{
    // RFC 8446 section 5.1: type, version, length
    private const int Header = 5;

    private long _recordLeft;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>FIN was read.</summary>
    public bool Ended { get; private set; }

    /// <summary>Not a byte has come.</summary>
    public bool Silent { get; private set; } = true;

    /// <summary>An empty <paramref name="buffer"/> waits until there is something to read.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        gate.Leave();
        // A watch for a reset has looked at what is there: only TryRead shows it again
        if (!leg.Input.TryRead(out var read)) read = await leg.Input.ReadAsync(cancellationToken);
        while (read.IsCanceled && read.Buffer.IsEmpty && !read.IsCompleted)
        {
            leg.Input.AdvanceTo(read.Buffer.Start);
            read = await leg.Input.ReadAsync(cancellationToken);
        }

        if (!read.Buffer.IsEmpty) Silent = false;
        while (buffer.Length > 0 && _recordLeft == 0 && !TryBegin(read.Buffer) && !read.IsCompleted)
        {
            leg.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await leg.Input.ReadAsync(cancellationToken);
        }

        gate.Enter();
        // An end in the middle of a header is passed on as it is
        var count = (int)Math.Min(Math.Min(buffer.Length, read.Buffer.Length), _recordLeft == 0 ? Header : _recordLeft);
        read.Buffer.Slice(0, count).CopyTo(buffer.Span);
        leg.Input.AdvanceTo(read.Buffer.GetPosition(count));
        _recordLeft = Math.Max(0, _recordLeft - count);
        if (count == 0 && buffer.Length > 0) Ended = true;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Completes when the kernel has taken everything.</summary>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var flush = await leg.Output.WriteAsync(buffer, cancellationToken);
        if (flush.IsCompleted) throw new SocketException((int)SocketError.ConnectionReset);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private bool TryBegin(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < Header) return false;
        Span<byte> header = stackalloc byte[Header];
        bytes.Slice(0, Header).CopyTo(header);
        _recordLeft = Header + BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        return true;
    }
}
