using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>Why a request is answered by this proxy and not by an origin.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="End">What the log and the metrics call it; none for an answer that is no failure.</param>
/// <param name="Sentence">What the client's author has to change; empty where a refusal says nothing about why.</param>
/// <param name="Closes">What follows on the connection may be understood in more than one way, and is nobody's request.</param>
internal readonly record struct HttpRefusal(int Status, EndReason End, string Sentence, bool Closes)
{
    /// <summary>What 407 asks for.</summary>
    public ProxyChallenge Challenge { get; init; }

    /// <summary>The body of an answer to a request that is this gateway's own; null for any other.</summary>
    public string? Json { get; init; }

    /// <summary>There was a token, and it is invalid.</summary>
    public bool HasToken { get; init; }

    /// <summary>Nothing is refused.</summary>
    public static HttpRefusal None => default;

    /// <summary>An OPTIONS that was to go no further than here (RFC 9110 section 7.6.2).</summary>
    public static HttpRefusal NoHopsLeft { get; } = new(200, EndReason.None, "", false);

    /// <summary>There is a refusal.</summary>
    public bool IsRefused => Status != 0;

    /// <summary>For a reason that says it all.</summary>
    public static HttpRefusal Of(EndReason reason) => reason switch
    {
        EndReason.ForwardLoop => new(reason.ToHttpStatus(), reason, "The request has come back to this proxy: the target is the proxy itself, or Via names it.", true),
        EndReason.PlaintextRefused => new(reason.ToHttpStatus(), reason, "This proxy passes only TLS on, and a request with http:// goes on in clear: use https://.", false),
        EndReason.HandshakeTimeout => new(408, reason, "", true),
        EndReason.BadResponse => new(reason.ToHttpStatus(), reason, "The origin's answer cannot be passed on: its head or its framing can be read in more than one way.", false),
        _ => new(reason.ToHttpStatus(), reason, "", false),
    };

    /// <summary>A head that is none, or that two readers may understand differently.</summary>
    public static HttpRefusal Of(Socks5Egress.Protocol.ParseFault fault) => fault switch
    {
        Socks5Egress.Protocol.ParseFault.LineTooLong => new(414, EndReason.BadRequestTooLong, "The request line is longer than 8 KiB.", true),
        Socks5Egress.Protocol.ParseFault.TooLarge => new(431, EndReason.BadRequestTooLarge, "The fields are larger than 16 KiB, or more than 100.", true),
        Socks5Egress.Protocol.ParseFault.Method => new(501, EndReason.CommandNotSupported, "A method has at most 20 characters.", true),
        Socks5Egress.Protocol.ParseFault.Version => new(505, EndReason.BadRequest, "Only the versions 1.1 and 1.0 are understood.", true),
        Socks5Egress.Protocol.ParseFault.Target => Bad("The request target holds bytes that are not visible ASCII."),
        Socks5Egress.Protocol.ParseFault.Host => Bad("A request of version 1.1 has exactly one Host field, with nothing but host and port in it."),
        Socks5Egress.Protocol.ParseFault.Framing => Bad("Content-Length and Transfer-Encoding leave open where the body ends: one length of plain digits, or exactly \"chunked\"."),
        _ => Bad("A line of the head is not as RFC 9112 has it: look for blanks before a colon, folded lines, control characters, and lines that do not end with CR LF."),
    };

    /// <summary>400, and the connection closes.</summary>
    public static HttpRefusal Bad(string sentence) => new(400, EndReason.BadRequest, sentence, true);

    /// <summary>Writes the answer.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="toHead">It answers a HEAD, and has no body whatever its length says.</param>
    /// <param name="closes">The connection closes behind it.</param>
    /// <returns>The bytes written.</returns>
    public int Write(System.Buffers.IBufferWriter<byte> output, bool toHead, bool closes)
    {
        var length = Json is { } json ? LoginRequest.WriteAnswer(output.GetSpan(ProxyResponse.MaxLength + json.Length), Status, json, HasToken)
            : RefusedRequest.Write(output.GetSpan(RefusedRequest.Room(Sentence)), Status, Sentence, toHead, closes, Challenge);
        output.Advance(length);
        return length;
    }
}
