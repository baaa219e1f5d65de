using System.Buffers.Text;
using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// What the field lines of a message say that a forward proxy acts on. Requests are taken only where every reader understands the same; of an
/// answer, what RFC 9110 calls recoverable is recovered.
/// </summary>
internal struct MessageFields
{
    /// <summary>The most digits of a length: all of them fit.</summary>
    private const int MaxLengthDigits = 19;

    private int _count;
    private long _length;
    private bool _hasLength, _hasCoding;

    /// <summary>Whether there was a Host.</summary>
    public bool HasHost { get; private set; }

    /// <summary>Transfer-Encoding is exactly chunked.</summary>
    public readonly bool IsChunked => _hasCoding;

    /// <summary>The value of Content-Length; null without one.</summary>
    public readonly long? Length => _hasLength ? _length : null;

    /// <summary>Where the first Connection field is in the head; 0: there is none.</summary>
    public int FirstConnection { get; private set; }

    /// <summary>Options that Connection names.</summary>
    public ConnectionOptions Options { get; private set; }

    /// <summary>The only expectation is 100-continue.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>There is an expectation that nobody knows.</summary>
    public bool ExpectsUnknown { get; private set; }

    /// <summary>There is an Upgrade field.</summary>
    public bool HasUpgrade { get; private set; }

    /// <summary>An Upgrade field names WebSocket.</summary>
    public bool NamesWebSocket { get; private set; }

    /// <summary>An Upgrade field names HTTP/2 in clear, which is not passed on.</summary>
    public bool NamesHttp2 { get; private set; }

    /// <summary>TE says that trailers are welcome.</summary>
    public bool TakesTrailers { get; private set; }

    /// <summary>Where the value of Proxy-Authorization is in the head, or null without one.</summary>
    public Range? ProxyAuthorization { get; private set; }

    /// <summary>Where the value of Max-Forwards is in the head, or null without one.</summary>
    public Range? MaxForwards { get; private set; }

    /// <summary>Takes the next field line of a request.</summary>
    /// <param name="line">Without its CR LF.</param>
    /// <param name="offset">Where the line is in the head.</param>
    public ParseFault AddOfRequest(ReadOnlySpan<byte> line, int offset)
    {
        if (++_count > ConnectHead.MaxFields) return ParseFault.TooLarge;
        if (!FieldLine.TryParse(line, out var name, out var within)) return ParseFault.Syntax;
        var field = KnownFields.Of(line[name]);
        var value = line[within];
        switch (field)
        {
            case KnownField.Host:
                if (HasHost || !(value.IsEmpty || Authority.TryParse(value, out _, out _))) return ParseFault.Host;
                HasHost = true;
                return ParseFault.None;
            case KnownField.ContentLength:
                // Two that are equal too: readers differ on whether that is one
                return _hasLength || _hasCoding || !TryLength(value) ? ParseFault.Framing : ParseFault.None;
            case KnownField.ProxyAuthorization:
                if (ProxyAuthorization is not null) return ParseFault.Syntax;
                ProxyAuthorization = Behind(offset, within);
                return ParseFault.None;
            case KnownField.MaxForwards:
                if (MaxForwards is not null) return ParseFault.Syntax;
                MaxForwards = Behind(offset, within);
                return ParseFault.None;
            case KnownField.Expect:
                if (Ascii.EqualsIgnoreCase(value, "100-continue"u8)) ExpectsContinue = true;
                else ExpectsUnknown = true;
                return ParseFault.None;
            default:
                return AddOfAny(field, value, offset);
        }
    }

    /// <summary>Takes the next field line of an answer.</summary>
    /// <inheritdoc cref="AddOfRequest"/>
    public ParseFault AddOfAnswer(ReadOnlySpan<byte> line, int offset)
    {
        if (++_count > ResponseHead.MaxFields) return ParseFault.TooLarge;
        if (!FieldLine.TryParseLoosely(line, out var name, out var within)) return ParseFault.Syntax;
        var field = KnownFields.Of(line[name]);
        var value = line[within];
        return field == KnownField.ContentLength ? AddLengths(value) : AddOfAny(field, value, offset);
    }

    private ParseFault AddOfAny(KnownField field, ReadOnlySpan<byte> value, int offset)
    {
        switch (field)
        {
            case KnownField.TransferEncoding:
                if (_hasCoding || _hasLength || !Ascii.EqualsIgnoreCase(value, "chunked"u8)) return ParseFault.Framing;
                _hasCoding = true;
                break;
            case KnownField.Connection:
                if (FirstConnection == 0) FirstConnection = offset;
                Options |= ConnectionOptionsOf(value);
                break;
            case KnownField.Upgrade:
                HasUpgrade = true;
                NamesWebSocket |= TokenList.Contains(value, "websocket"u8);
                NamesHttp2 |= TokenList.Contains(value, "h2c"u8);
                break;
            case KnownField.Te:
                TakesTrailers |= TokenList.Contains(value, "trailers"u8);
                break;
        }
        return ParseFault.None;
    }

    // RFC 9110 section 8.6: a list of one and the same number may be taken for that number
    private ParseFault AddLengths(ReadOnlySpan<byte> list)
    {
        if (_hasCoding || list.IsEmpty) return ParseFault.Framing;
        while (TokenList.TryNext(ref list, out var element))
        {
            var (had, before) = (_hasLength, _length);
            if (!TryLength(element) || (had && before != _length)) return ParseFault.Framing;
        }
        return ParseFault.None;
    }

    private bool TryLength(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > MaxLengthDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        if (!Utf8Parser.TryParse(value, out long length, out _)) return false;
        (_length, _hasLength) = (length, true);
        return true;
    }

    private static ConnectionOptions ConnectionOptionsOf(ReadOnlySpan<byte> list)
    {
        var options = ConnectionOptions.None;
        while (TokenList.TryNext(ref list, out var option))
        {
            if (Ascii.EqualsIgnoreCase(option, "close"u8)) options |= ConnectionOptions.Close;
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8)) options |= ConnectionOptions.KeepAlive;
            else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8)) options |= ConnectionOptions.Upgrade;
            else if (Ascii.EqualsIgnoreCase(option, "te"u8)) options |= ConnectionOptions.Te;
        }
        return options;
    }

    private static Range Behind(int offset, Range within) => (offset + within.Start.Value)..(offset + within.End.Value);
}
