using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>How the way of a body ended.</summary>
internal enum BodyEnd : byte
{
    /// <summary>All of it was passed on.</summary>
    Whole,

    /// <summary>Its sender's FIN came before its end.</summary>
    Truncated,

    /// <summary>It is not framed as its head says.</summary>
    Malformed,

    /// <summary>Its sender broke the connection.</summary>
    SenderBroke,

    /// <summary>Its receiver broke the connection.</summary>
    ReceiverBroke,

    /// <summary>This proxy gave it up.</summary>
    Stopped,
}

/// <param name="End">How it ended.</param>
/// <param name="Fault">How a side broke it; meaningful where one did.</param>
internal readonly record struct BodyOutcome(BodyEnd End, LegFault Fault);

/// <summary>
/// Carries one body from one leg to the other, whatever its framing here and there. What comes goes on at once; what the receiver does not take
/// stays in the sender's kernel.
/// </summary>
/// <param name="from">The leg it comes from.</param>
/// <param name="to">The leg it goes to.</param>
/// <param name="chunked">It leaves in chunks.</param>
/// <param name="source">The side it comes from.</param>
/// <param name="traffic">Counts what is on the client's side.</param>
/// <param name="time">The clock of <paramref name="traffic"/>.</param>
internal sealed class BodyRelay(ILeg from, ILeg to, bool chunked, RelaySide source, Traffic traffic, TimeProvider time)
{
    // Less is copied beside its framing, so that both leave in one piece
    private const int SmallPiece = 4 * 1024;

    // A message that is larger than a buffer is worth a larger one
    private const int Bulk = 16 * 1024;

    // What comes in large pieces, and has much before it, goes past the pipes
    private const int LargePiece = 32 * 1024, LeastCarried = 128 * 1024;

    private volatile bool _stopped, _writing;
    private volatile CancellationTokenSource? _carrying;
    private long _carried;
    private int _written;
    private long _announced;

    /// <summary>Bytes that were written to the receiver's output before and not flushed yet, such as the head.</summary>
    public int Unflushed { get; set; }

    /// <summary>The content is read and left out: what goes on has none.</summary>
    public bool Discards { get; init; }

    /// <summary>The receiver is being written to, and perhaps takes nothing: the sender is not read meanwhile. Any thread.</summary>
    public bool IsWriting => _writing || _carrying is not null;

    /// <summary>Gives it up, however it waits. Whoever calls also aborts a receiver that takes nothing. Any thread.</summary>
    public void Stop()
    {
        _stopped = true;
        Interlocked.MemoryBarrier();
        _carrying?.Cancel();
        from.Input.CancelPendingRead();
    }

    /// <summary>Carries the body to its end, and flushes it.</summary>
    /// <param name="body">Where the sender is in it: behind its head.</param>
    public async Task<BodyOutcome> RunAsync(BodyReader body)
    {
        try
        {
            while (!body.HasEnded)
            {
                if (!from.Input.TryRead(out var read))
                {
                    // Nothing is held back for a sender that takes its time
                    await FlushAsync();
                    // Whoever stops it may have done so to the reader before this one
                    Interlocked.MemoryBarrier();
                    if (_stopped) return new BodyOutcome(BodyEnd.Stopped, default);
                    read = await from.Input.ReadAsync();
                }
                if (_stopped) return Leave(read, new BodyOutcome(BodyEnd.Stopped, default));
                var left = read.Buffer;
                while (!body.HasEnded)
                {
                    var piece = body.Read(left);
                    if (piece.Status == ParseStatus.Invalid) return Leave(read, new BodyOutcome(BodyEnd.Malformed, default));
                    if (piece.Status == ParseStatus.NeedMore) break;
                    left = left.Slice(piece.Consumed);
                    await WriteAsync(piece.Value);
                }
                if (left.Start.Equals(read.Buffer.End) || body.HasEnded) await FlushAsync();
                if (IsWorthCarrying(read, left, body) && await TryCarryAsync(body.Left) is { } carried)
                {
                    body.Skip(carried.Bytes);
                    if (carried.End > CarryEnd.Short) return Leave(read, OutcomeOf(carried));
                    EndAnnounced();
                }
                Advance(read, left.Start, body.HasEnded ? left.Start : read.Buffer.End);
                if (body.HasEnded || !read.IsCompleted) continue;
                if (!body.EndsWithConnection) return new BodyOutcome(BodyEnd.Truncated, default);
                await WriteEndAsync();
                break;
            }
            await FlushAsync();
            return new BodyOutcome(BodyEnd.Whole, default);
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            return new BodyOutcome(_stopped ? BodyEnd.Stopped : _writing ? BodyEnd.ReceiverBroke : BodyEnd.SenderBroke, fault);
        }
    }

    private BodyOutcome Leave(in ReadResult read, BodyOutcome outcome)
    {
        from.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        return outcome;
    }

    private bool IsWorthCarrying(in ReadResult read, in ReadOnlySequence<byte> left, in BodyReader body) =>
        left.IsEmpty && read.Buffer.Length >= LargePiece && body.Left >= LeastCarried && !Discards && read is { IsCompleted: false, IsCanceled: false };

    private async ValueTask<Carried?> TryCarryAsync(long count)
    {
        // A chunk is announced whole, since nothing can be written beside what is carried
        if (chunked && _announced == 0)
        {
            WriteSize(count);
            _announced = count;
        }
        await FlushAsync();
        using var stop = new CancellationTokenSource();
        _carrying = stop;
        Interlocked.MemoryBarrier();
        if (_stopped) stop.Cancel();
        var carrying = from.TryCarry(to, count, source, traffic, stop.Token);
        var carried = carrying is null ? (Carried?)null : await carrying;
        _carrying = null;
        if (chunked) _announced -= carried?.Bytes ?? 0;
        return carried;
    }

    private void EndAnnounced()
    {
        if (chunked && _announced == 0) Write("\r\n"u8);
    }

    private static BodyOutcome OutcomeOf(Carried carried) => new(carried.End switch
    {
        CarryEnd.Fin => BodyEnd.Truncated,
        CarryEnd.SenderBroke => BodyEnd.SenderBroke,
        CarryEnd.ReceiverBroke => BodyEnd.ReceiverBroke,
        _ => BodyEnd.Stopped,
    }, carried.Fault);

    private async ValueTask WriteAsync(BodyPiece piece)
    {
        if (!Discards && !piece.Content.IsEmpty)
        {
            foreach (var segment in piece.Content)
            {
                if (segment.IsEmpty) continue;
                if (chunked && _announced == 0) WriteSize(_announced = segment.Length);
                if (segment.Length <= SmallPiece) Write(segment.Span);
                else await SendAsync(segment);
                if (!chunked) continue;
                _announced -= segment.Length;
                EndAnnounced();
            }
        }
        if (piece.IsLast && chunked) WriteTrailers(piece.Trailers);
    }

    private ValueTask WriteEndAsync()
    {
        if (chunked) WriteTrailers(default);
        return default;
    }

    private void WriteSize(long size)
    {
        Span<byte> line = stackalloc byte[18];
        size.TryFormat(line, out var digits, "x");
        "\r\n"u8.CopyTo(line[digits..]);
        Write(line[..(digits + 2)]);
    }

    private void WriteTrailers(in ReadOnlySequence<byte> lines)
    {
        _writing = true;
        var length = ForwardedTrailers.Write(to.Output.GetSpan(ForwardedTrailers.Room(lines)), lines);
        to.Output.Advance(length);
        _writing = false;
        Unflushed += length;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _writing = true;
        to.Output.Write(bytes);
        _writing = false;
        Unflushed += bytes.Length;
    }

    // Straight from the buffer that it was read into
    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Unflushed += bytes.Length;
        Hear();
        _writing = true;
        var flush = await to.Output.WriteAsync(bytes);
        Sent(flush);
    }

    private async ValueTask FlushAsync()
    {
        if (Unflushed == 0) return;
        Hear();
        _writing = true;
        var flush = await to.Output.FlushAsync();
        Sent(flush);
    }

    // Before the flush: an answer may be carried back before this thread goes on, and must look the later of the two
    private void Hear()
    {
        _written = Unflushed;
        if (source == RelaySide.Target) traffic.HeardDown(_written);
    }

    private void Sent(FlushResult flush)
    {
        if (flush.IsCompleted) throw new SocketException((int)SocketError.ConnectionReset);
        _writing = false;
        Unflushed -= _written;
        if (source == RelaySide.Target) traffic.Down(_written, time.GetTimestamp());
    }

    private void Advance(in ReadResult read, SequencePosition consumed, SequencePosition examined)
    {
        var count = (int)read.Buffer.Slice(0, consumed).Length;
        var drained = consumed.Equals(read.Buffer.End);
        from.Input.AdvanceTo(consumed, examined);
        _carried += count;
        if (source == RelaySide.Client && count > 0)
        {
            traffic.HeardUp(count);
            traffic.Up(count, time.GetTimestamp());
        }
        if (drained && !read.IsCompleted && _carried >= Bulk) from.ExpectBulk();
    }
}
