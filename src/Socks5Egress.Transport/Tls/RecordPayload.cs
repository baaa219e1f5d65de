using System.Net.Sockets;

namespace Socks5Egress.Transport.Tls;

/// <summary>The plain side by <see cref="TlsRecords"/>, straight from and into the pipes of the connection below.</summary>
internal sealed class RecordPayload(TlsRecords records, ILeg raw) : PlaintextStream(raw)
{
    // Sealed, three full records fit into one large buffer of a pipe
    private const int MaxPiece = 3 * TlsRecords.MaxPayload;

    private readonly SemaphoreSlim _writes = new(1);
    private RecordState _state;
    private bool _detached;

    /// <summary>From here on it reads as ended, and disposing it does nothing.</summary>
    public void Detach()
    {
        _detached = true;
        LeaveOpen();
    }

    /// <summary>A close-notify has been read: no record will say so again.</summary>
    public bool HasEnded => _state == RecordState.Ended;

    /// <summary>An empty <paramref name="buffer"/> waits until there is something to read, and holds no memory meanwhile.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_detached)
        {
            if (_state == RecordState.Ended) return 0;
            if (_state == RecordState.Failed) throw new IOException("The peer broke the TLS protocol.");
            if (records.HasPayload)
            {
                ReadOnlySpan<byte> none = [];
                return buffer.IsEmpty ? 0 : Open(ref none, buffer.Span);
            }

            // A watch for a reset has looked at what is there: only TryRead shows it again
            if (!Raw.Input.TryRead(out var read)) read = await Raw.Input.ReadAsync(cancellationToken);
            if (read.Buffer.IsEmpty && read.IsCompleted)
            {
                Raw.Input.AdvanceTo(read.Buffer.End);
                throw new TruncatedException();
            }

            var (count, used) = (0, 0L);
            foreach (var segment in read.Buffer)
            {
                if (count == buffer.Length || _state != RecordState.Open) break;
                var rest = segment.Span;
                count += Open(ref rest, buffer.Span[count..]);
                used += segment.Length - rest.Length;
            }
            Raw.Input.AdvanceTo(read.Buffer.GetPosition(used));
            if (records.HasAnswers) await WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken);
            if (count > 0 || (buffer.IsEmpty && !read.Buffer.IsEmpty)) return count;
        }
        return 0;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _writes.WaitAsync(cancellationToken);
        try
        {
            do
            {
                var piece = buffer[..Math.Min(buffer.Length, MaxPiece)];
                await SealAsync(piece, close: false, cancellationToken);
                buffer = buffer[piece.Length..];
            }
            while (!buffer.IsEmpty);
        }
        finally
        {
            _writes.Release();
        }
    }

    protected override async Task ShutdownAsync()
    {
        if (_detached) return;
        await _writes.WaitAsync();
        try
        {
            await SealAsync(ReadOnlyMemory<byte>.Empty, close: true, CancellationToken.None);
        }
        finally
        {
            _writes.Release();
        }
    }

    private int Open(ref ReadOnlySpan<byte> rest, Span<byte> payload)
    {
        _state = records.Open(ref rest, payload, out var count);
        return count;
    }

    private async ValueTask SealAsync(ReadOnlyMemory<byte> payload, bool close, CancellationToken cancellation)
    {
        int length;
        do length = records.Seal(payload.Span, Raw.Output.GetSpan(records.SealedLength(payload.Length)), close);
        while (length == 0 && !(payload.IsEmpty && !close));
        if (length < 0) throw new IOException("The TLS session is broken.");
        if (length == 0) return;
        Raw.Output.Advance(length);
        var flush = await Raw.Output.FlushAsync(cancellation);
        if (flush.IsCompleted) throw new SocketException((int)SocketError.ConnectionReset);
    }
}
