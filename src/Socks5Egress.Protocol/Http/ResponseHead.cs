using System.Buffers;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// The head of an origin's answer (RFC 9112 sections 2 to 6).
/// <code>
/// HTTP/1.x SP 3DIGIT [ SP reason ] CR LF       100 to 999; control characters in the reason are repaired when it is passed on
/// *( field-name ":" value CR LF )              at most 200 fields, 64 KiB in all
/// CR LF
/// </code>
/// </summary>
internal readonly struct ResponseHead
{
    private readonly MessageFields _fields;

    private ResponseHead(int length, int status, Range reason, bool isHttp11, int firstField, in MessageFields fields)
    {
        (Length, Status, Reason, IsHttp11, FirstField, _fields) = (length, status, reason, isHttp11, firstField, fields);
    }

    /// <summary>The longest head, in bytes, its last empty line included.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The most field lines.</summary>
    public const int MaxFields = 200;

    /// <summary>The bytes of the head.</summary>
    public int Length { get; }

    /// <summary>100 to 999.</summary>
    public int Status { get; }

    /// <summary>Where the reason is in the head; may be empty.</summary>
    public Range Reason { get; }

    /// <summary>HTTP/1.1, else HTTP/1.0.</summary>
    public bool IsHttp11 { get; }

    /// <summary>Another answer to the same request follows (RFC 9110 section 15.2). 101 is none of these.</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not SwitchingProtocols;

    /// <summary>The connection is another protocol's from here on.</summary>
    public bool IsUpgrade => Status == SwitchingProtocols;

    /// <summary>The origin closes behind this answer, or cannot say that it does not.</summary>
    public bool Closes => !IsHttp11 || (_fields.Options & ConnectionOptions.Close) != 0;

    /// <summary>It frames a body where there is none: whoever sends that may send the body as well, which nobody may take for another answer.</summary>
    public bool FramesNothing => Status is < 200 or 204 or 304 && (_fields.IsChunked || (Status != 304 && _fields.Length > 0));

    /// <summary>The value of Content-Length; null without one.</summary>
    public long? ContentLength => _fields.Length;

    /// <summary>Where the first field line is in the head.</summary>
    internal int FirstField { get; }

    /// <summary>Where the first Connection field is in the head; 0: there is none.</summary>
    internal int FirstConnection => _fields.FirstConnection;

    private const int SwitchingProtocols = 101;

    /// <summary>How the body behind it is framed (RFC 9112 section 6.3).</summary>
    /// <param name="toHead">It answers a HEAD.</param>
    public BodyFraming BodyOf(bool toHead)
    {
        if (toHead || Status is < 200 or 204 or 304) return BodyFraming.None;
        if (_fields.IsChunked) return BodyFraming.Chunked;
        return _fields.Length is { } length ? BodyFraming.Of(length) : BodyFraming.UntilClose;
    }

    /// <summary>Reads a head. Each line is judged when its end is there.</summary>
    public static Parsed<ResponseHead> Read(in ReadOnlySequence<byte> buffer)
    {
        var head = buffer.Slice(0, Math.Min(buffer.Length, MaxLength));
        return head.IsSingleSegment ? Read(buffer, head.FirstSpan) : ReadCut(buffer, head);
    }

    // The copy is on the stack, as that of a request
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Parsed<ResponseHead> ReadCut(in ReadOnlySequence<byte> buffer, in ReadOnlySequence<byte> head)
    {
        Span<byte> copy = stackalloc byte[MaxLength];
        copy = copy[..(int)head.Length];
        head.CopyTo(copy);
        return Read(buffer, copy);
    }

    private static Parsed<ResponseHead> Read(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        var lines = new HeadLines(bytes, MaxLength);
        var status = lines.Next(out var line, out var fault);
        if (status != ParseStatus.Done) return NotDone(status, fault, bytes);
        if (!TryParseLine(bytes[line], out var code, out var reason, out var isHttp11)) return Parsed<ResponseHead>.Invalid(ParseFault.Syntax);

        var firstField = lines.Position;
        var fields = new MessageFields();
        while ((status = lines.Next(out line, out fault)) == ParseStatus.Done && line.Start.Value != line.End.Value)
        {
            fault = fields.AddOfAnswer(bytes[line], line.Start.Value);
            if (fault != ParseFault.None) return Parsed<ResponseHead>.Invalid(fault);
        }
        if (status != ParseStatus.Done) return NotDone(status, fault, bytes);
        // As in a request: a coding that the version does not have is a fault (RFC 9112 section 6.1)
        if (!isHttp11 && fields.IsChunked) return Parsed<ResponseHead>.Invalid(ParseFault.Framing);
        return Parsed<ResponseHead>.Done(
            new ResponseHead(lines.Position, code, reason, isHttp11, firstField, fields), buffer.GetPosition(lines.Position));
    }

    private static Parsed<ResponseHead> NotDone(ParseStatus status, ParseFault fault, ReadOnlySpan<byte> bytes)
    {
        if (status == ParseStatus.Invalid) return Parsed<ResponseHead>.Invalid(fault == ParseFault.LineTooLong ? ParseFault.TooLarge : fault);
        return bytes.Length < MaxLength ? Parsed<ResponseHead>.NeedMore : Parsed<ResponseHead>.Invalid(ParseFault.TooLarge);
    }

    private static bool TryParseLine(ReadOnlySpan<byte> line, out int code, out Range reason, out bool isHttp11)
    {
        (code, reason, isHttp11) = (0, default, false);
        const int afterVersion = 9, afterCode = 12;
        if (line.Length < afterCode || !line.StartsWith("HTTP/1."u8) || line[7] is < (byte)'0' or > (byte)'9' || line[8] != ' ') return false;
        foreach (var digit in line[afterVersion..afterCode])
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            code = (code * 10) + digit - '0';
        }
        if (code < 100 || (line.Length > afterCode && line[afterCode] != ' ')) return false;
        isHttp11 = line[7] != '0';
        reason = Math.Min(afterCode + 1, line.Length)..line.Length;
        return true;
    }
}
