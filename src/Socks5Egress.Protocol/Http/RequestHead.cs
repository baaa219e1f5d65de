using System.Buffers;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// The head of a request to a forward proxy (RFC 9112 sections 2 to 6). Nothing of it is passed on as it is: <see cref="ForwardedRequest"/> writes
/// what was understood.
/// <code>
/// *( CR LF )                                   empty lines in front are stepped over (section 2.2)
/// method SP request-target SP HTTP/1.x CR LF   1 to 20 token characters; any visible target; 1.0 or 1.1
/// *( field-name ":" value CR LF )              at most 100 fields, 8 KiB a line, 16 KiB in all
/// CR LF
/// </code>
/// Refused is whatever two readers may understand differently: two lengths, a length and a coding, another coding than chunked, a Host that
/// is none, blanks before a colon, folded lines, control characters, a bare CR or LF.
/// </summary>
internal readonly struct RequestHead
{
    private readonly MessageFields _fields;

    private RequestHead(int length, Range method, Range target, bool isHttp11, int firstField, in MessageFields fields)
    {
        (Length, Method, Target, IsHttp11, FirstField, _fields) = (length, method, target, isHttp11, firstField, fields);
    }

    /// <summary>The longest head, in bytes, its last empty line included.</summary>
    public const int MaxLength = ConnectHead.MaxLength;

    /// <summary>The longest method; the longest registered one is UPDATEREDIRECTREF with 17.</summary>
    public const int MaxMethodLength = 20;

    /// <summary>The bytes of the head.</summary>
    public int Length { get; }

    /// <summary>Where the method is in the head.</summary>
    public Range Method { get; }

    /// <summary>Where the target is in the head.</summary>
    public Range Target { get; }

    /// <summary>HTTP/1.1, else HTTP/1.0.</summary>
    public bool IsHttp11 { get; }

    /// <summary>How the body is framed.</summary>
    public BodyFraming Body => _fields.IsChunked ? BodyFraming.Chunked : _fields.Length is { } length ? BodyFraming.Of(length) : BodyFraming.None;

    /// <summary>The client closes behind the answer, or cannot say that it does not.</summary>
    public bool Closes => !IsHttp11 || (_fields.Options & ConnectionOptions.Close) != 0;

    /// <summary>It waits for a 100 before it sends its body (RFC 9110 section 10.1.1); HTTP/1.0 has no such thing.</summary>
    public bool ExpectsContinue => IsHttp11 && _fields.ExpectsContinue && !Body.IsEmpty;

    /// <summary>It expects something that nobody knows (417).</summary>
    public bool ExpectsUnknown => _fields.ExpectsUnknown;

    /// <summary>It asks for another protocol on this connection, and that may be passed on. HTTP/2 in clear is not: it has had its day.</summary>
    public bool AsksUpgrade => IsHttp11 && (_fields.Options & ConnectionOptions.Upgrade) != 0 && _fields is { HasUpgrade: true, NamesHttp2: false };

    /// <summary>It asks for WebSocket.</summary>
    public bool AsksWebSocket => AsksUpgrade && _fields.NamesWebSocket;

    /// <summary>It takes trailers behind the answer, and says so to this proxy.</summary>
    public bool TakesTrailers => (_fields.Options & ConnectionOptions.Te) != 0 && _fields.TakesTrailers;

    /// <summary>Where the value of Proxy-Authorization is in the head, or null without one. A secret.</summary>
    public Range? ProxyAuthorization => _fields.ProxyAuthorization;

    /// <summary>Where the value of Max-Forwards is in the head, or null without one.</summary>
    public Range? MaxForwards => _fields.MaxForwards;

    /// <summary>Where the first field line is in the head.</summary>
    internal int FirstField { get; }

    /// <summary>Where the first Connection field is in the head; 0: there is none.</summary>
    internal int FirstConnection => _fields.FirstConnection;

    /// <summary>Where the whole empty lines at the beginning end: between requests they say nothing (RFC 9112 section 2.2).</summary>
    public static SequencePosition SkipEmptyLines(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        while (reader.IsNext("\r\n"u8, advancePast: true))
        {
        }
        return reader.Position;
    }

    /// <summary>Reads a head. Each line is judged when its end is there.</summary>
    public static Parsed<RequestHead> Read(in ReadOnlySequence<byte> buffer)
    {
        var head = buffer.Slice(0, Math.Min(buffer.Length, MaxLength));
        return head.IsSingleSegment ? Read(buffer, head.FirstSpan) : ReadCut(buffer, head);
    }

    // The copy is on the stack: a pool would be shared by clients that never finish their heads
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Parsed<RequestHead> ReadCut(in ReadOnlySequence<byte> buffer, in ReadOnlySequence<byte> head)
    {
        Span<byte> copy = stackalloc byte[MaxLength];
        head.CopyTo(copy);
        return Read(buffer, copy[..(int)head.Length]);
    }

    private static Parsed<RequestHead> Read(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        var lines = new HeadLines(bytes);
        ParseStatus status;
        Range line;
        ParseFault fault;
        do
        {
            // Judged before the line is whole: a method of any length may come in place of one
            if (HasLongMethod(bytes[lines.Position..])) return Parsed<RequestHead>.Invalid(ParseFault.Method);
            status = lines.Next(out line, out fault);
        }
        while (status == ParseStatus.Done && line.Start.Value == line.End.Value);
        if (status == ParseStatus.Invalid) return Parsed<RequestHead>.Invalid(fault);
        if (status == ParseStatus.NeedMore) return NeedMore(bytes);
        if (TryParseLine(bytes[line], out var method, out var target, out var isHttp11) is var wrong && wrong != ParseFault.None)
            return Parsed<RequestHead>.Invalid(wrong);

        var (start, firstField) = (line.Start.Value, lines.Position);
        var fields = new MessageFields();
        while ((status = lines.Next(out line, out fault)) == ParseStatus.Done && line.Start.Value != line.End.Value)
        {
            fault = fields.AddOfRequest(bytes[line], line.Start.Value);
            if (fault != ParseFault.None) return Parsed<RequestHead>.Invalid(fault);
        }

        if (status == ParseStatus.NeedMore) return NeedMore(bytes);
        if (status == ParseStatus.Invalid)
            return Parsed<RequestHead>.Invalid(fault == ParseFault.LineTooLong ? ParseFault.TooLarge : fault);
        if (isHttp11 && !fields.HasHost) return Parsed<RequestHead>.Invalid(ParseFault.Host);
        // Before 1.1 there was no coding: whoever passes it on to such a reader gives it a body without an end (RFC 9112 section 6.1)
        if (!isHttp11 && fields.IsChunked) return Parsed<RequestHead>.Invalid(ParseFault.Framing);
        return Parsed<RequestHead>.Done(
            new RequestHead(lines.Position, Moved(method, start), Moved(target, start), isHttp11, firstField, fields), buffer.GetPosition(lines.Position));
    }

    private static Parsed<RequestHead> NeedMore(ReadOnlySpan<byte> bytes) =>
        bytes.Length < MaxLength ? Parsed<RequestHead>.NeedMore : Parsed<RequestHead>.Invalid(ParseFault.TooLarge);

    private static bool HasLongMethod(ReadOnlySpan<byte> line) =>
        line.Length > MaxMethodLength && !line[..(MaxMethodLength + 1)].ContainsAnyExcept(CharacterSet.Token);

    private static ParseFault TryParseLine(ReadOnlySpan<byte> line, out Range method, out Range target, out bool isHttp11)
    {
        var blank = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        method = 0..Math.Max(blank, 0);
        target = (blank + 1)..Math.Max(last, blank + 1);
        var version = line[(last + 1)..];
        isHttp11 = version.SequenceEqual("HTTP/1.1"u8);
        if (blank <= 0 || last == blank || line[method].ContainsAnyExcept(CharacterSet.Token)) return ParseFault.Syntax;
        if (line[target].IsEmpty || line[target].Contains((byte)' ')) return ParseFault.Syntax;
        if (line[target].ContainsAnyExceptInRange((byte)'!', (byte)'~')) return ParseFault.Target;
        if (isHttp11 || version.SequenceEqual("HTTP/1.0"u8)) return ParseFault.None;
        return version is [(byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', >= (byte)'0' and <= (byte)'9', (byte)'.', >= (byte)'0' and <= (byte)'9']
            ? ParseFault.Version : ParseFault.Syntax;
    }

    private static Range Moved(Range range, int by) => (range.Start.Value + by)..(range.End.Value + by);
}
