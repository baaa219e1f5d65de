using System.Buffers;

namespace Socks5Egress.Protocol.Http;

/// <summary>A piece of a body.</summary>
/// <param name="Content">Bytes of the content, without their framing; slices of the buffer. May be empty.</param>
/// <param name="Trailers">The field lines behind the last chunk; slices of the buffer.</param>
/// <param name="IsLast">The body ends with it.</param>
internal readonly record struct BodyPiece(ReadOnlySequence<byte> Content, ReadOnlySequence<byte> Trailers, bool IsLast);

/// <summary>
/// Takes a body apart (RFC 9112 sections 6 and 7), whichever way it is framed: call <see cref="Read"/> until a piece is the last one. It keeps where
/// it is in the body and none of its bytes; what a call does not consume has to be in the buffer of the next one.
/// </summary>
internal struct BodyReader
{
    private State _state;
    private long _left;

    /// <param name="framing">What the head says.</param>
    public BodyReader(BodyFraming framing)
    {
        _left = framing.Length;
        _state = framing.Kind switch
        {
            BodyKind.Chunked => State.ChunkLine,
            BodyKind.UntilClose => State.UntilClose,
            _ when framing.IsEmpty => State.Ended,
            _ => State.Counted,
        };
    }

    private enum State : byte
    {
        Ended,
        Counted,
        UntilClose,
        ChunkLine,
        ChunkData,
        ChunkEnd,
        Trailers,
    }

    /// <summary>The last piece was read.</summary>
    public readonly bool HasEnded => _state == State.Ended;

    /// <summary>The end of the connection is the end of the body.</summary>
    public readonly bool EndsWithConnection => _state == State.UntilClose;

    /// <summary>Bytes of content that follow for certain before anything else does; 0 when that is not known.</summary>
    public readonly long Left => _state is State.Counted or State.ChunkData ? _left : 0;

    /// <summary>Reads the next piece: as much content as there is up to the next framing.</summary>
    public Parsed<BodyPiece> Read(in ReadOnlySequence<byte> buffer)
    {
        var rest = buffer;
        while (true)
        {
            switch (_state)
            {
                case State.Ended:
                    return Parsed<BodyPiece>.Done(new BodyPiece(default, default, true), rest.Start);
                case State.Counted or State.UntilClose or State.ChunkData:
                    return rest.IsEmpty ? NotDone(ParseStatus.NeedMore, ParseFault.None, buffer, rest) : ReadContent(rest);
                case State.ChunkEnd:
                    var end = ReadEnd(ref rest);
                    if (end != ParseStatus.Done) return NotDone(end, ParseFault.Syntax, buffer, rest);
                    break;
                case State.ChunkLine:
                    var line = ChunkLine.Read(rest);
                    if (line.Status != ParseStatus.Done) return NotDone(line.Status, line.Fault, buffer, rest);
                    rest = rest.Slice(line.Consumed);
                    _left = line.Value.Size;
                    _state = _left == 0 ? State.Trailers : State.ChunkData;
                    break;
                default:
                    var section = TrailerSection.Read(rest);
                    if (section.Status != ParseStatus.Done) return NotDone(section.Status, section.Fault, buffer, rest);
                    _state = State.Ended;
                    return Parsed<BodyPiece>.Done(new BodyPiece(default, section.Value.Lines, true), section.Consumed);
            }
        }
    }

    // Framing that was stepped over is consumed, with a piece that has no content: the next call begins behind it
    private static Parsed<BodyPiece> NotDone(ParseStatus status, ParseFault fault, in ReadOnlySequence<byte> buffer, in ReadOnlySequence<byte> rest)
    {
        if (status == ParseStatus.Invalid) return Parsed<BodyPiece>.Invalid(fault);
        return rest.Length == buffer.Length ? Parsed<BodyPiece>.NeedMore : Parsed<BodyPiece>.Done(default, rest.Start);
    }

    private Parsed<BodyPiece> ReadContent(in ReadOnlySequence<byte> rest)
    {
        var content = _state == State.UntilClose || rest.Length <= _left ? rest : rest.Slice(0, _left);
        Take(content.Length);
        return Parsed<BodyPiece>.Done(new BodyPiece(content, default, HasEnded), content.End);
    }

    /// <summary>Steps over content that went another way than through <see cref="Read"/>.</summary>
    /// <param name="count">At most <see cref="Left"/>.</param>
    public void Skip(long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Left);
        Take(count);
    }

    private void Take(long count)
    {
        if (_state is State.Counted or State.ChunkData && (_left -= count) == 0) _state = _state == State.ChunkData ? State.ChunkEnd : State.Ended;
    }

    private ParseStatus ReadEnd(ref ReadOnlySequence<byte> rest)
    {
        var end = rest.Slice(0, Math.Min(rest.Length, 2));
        Span<byte> bytes = stackalloc byte[2];
        end.CopyTo(bytes);
        bytes = bytes[..(int)end.Length];
        if (!"\r\n"u8.StartsWith(bytes)) return ParseStatus.Invalid;
        if (bytes.Length < 2) return ParseStatus.NeedMore;
        rest = rest.Slice(2);
        _state = State.ChunkLine;
        return ParseStatus.Done;
    }
}
