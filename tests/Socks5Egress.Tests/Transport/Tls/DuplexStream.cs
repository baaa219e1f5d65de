using System.IO.Pipelines;

namespace Socks5Egress.Tests.Transport.Tls;

/// <summary>Two pipes as the stream that a client's <c>SslStream</c> works on; what it writes may be cut into pieces.</summary>
internal sealed class DuplexStream(IDuplexPipe pipes) : Stream
{
    private readonly Stream _read = pipes.Input.AsStream();

    /// <summary>The longest piece that is written at once.</summary>
    public int Piece { get; set; } = int.MaxValue;

    /// <summary>Turned over in the next byte that is written.</summary>
    public byte Damage { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _read.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var bytes = buffer.ToArray();
        if (Damage != 0) bytes[^1] ^= Damage;
        for (var at = 0; at < bytes.Length; at += Piece)
        {
            var length = Math.Min(Piece, bytes.Length - at);
            await pipes.Output.WriteAsync(bytes.AsMemory(at, length), cancellationToken);
            if (length == bytes.Length - at) break;
        }
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
