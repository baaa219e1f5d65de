using System.Net;
using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// What a CONNECT request is answered with (RFC 9110 section 9.3.6). A refusal has no content: it says nothing about why,
/// and it ends the connection, so that bytes behind a refused head never run as a request.
/// </summary>
internal static class ProxyResponse
{
    /// <summary>The room that <see cref="WriteRefusal"/> needs, in bytes.</summary>
    public const int MaxLength = 320;

    /// <summary>The tunnel stands. A 2xx to CONNECT has neither Content-Length nor Transfer-Encoding.</summary>
    public static ReadOnlySpan<byte> Established => "HTTP/1.1 200 Connection established\r\n\r\n"u8;

    /// <summary>
    /// Writes a refusal. 407 asks for credentials (RFC 7617, the charset in its section 2.1; RFC 6750), 405 names the method
    /// there is (RFC 9110 section 15.5.6), 503 says when to come again (section 10.2.3).
    /// </summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="status">400 to 599. One without a phrase here is written with an empty one, which the grammar allows.</param>
    /// <param name="challenge">What 407 asks for.</param>
    /// <returns>The number of bytes written.</returns>
    public static int WriteRefusal(Span<byte> destination, HttpStatusCode status, ProxyChallenge challenge = ProxyChallenge.Basic)
    {
        var length = 0;
        Append(destination, ref length, "HTTP/1.1 "u8);
        ((int)status).TryFormat(destination[length..], out var digits);
        length += digits;
        Append(destination, ref length, " "u8);
        Append(destination, ref length, Phrase(status));
        Append(destination, ref length, "\r\n"u8);
        Append(destination, ref length, Extra(status, challenge));
        Append(destination, ref length, "Content-Length: 0\r\nConnection: close\r\n\r\n"u8);
        return length;
    }

    internal static ReadOnlySpan<byte> Phrase(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => "OK"u8,
        HttpStatusCode.BadRequest => "Bad Request"u8,
        HttpStatusCode.Unauthorized => "Unauthorized"u8,
        HttpStatusCode.Forbidden => "Forbidden"u8,
        HttpStatusCode.MethodNotAllowed => "Method Not Allowed"u8,
        HttpStatusCode.ProxyAuthenticationRequired => "Proxy Authentication Required"u8,
        HttpStatusCode.RequestTimeout => "Request Timeout"u8,
        HttpStatusCode.RequestUriTooLong => "URI Too Long"u8,
        HttpStatusCode.ExpectationFailed => "Expectation Failed"u8,
        HttpStatusCode.TooManyRequests => "Too Many Requests"u8,
        HttpStatusCode.RequestHeaderFieldsTooLarge => "Request Header Fields Too Large"u8,
        HttpStatusCode.InternalServerError => "Internal Server Error"u8,
        HttpStatusCode.NotImplemented => "Not Implemented"u8,
        HttpStatusCode.BadGateway => "Bad Gateway"u8,
        HttpStatusCode.ServiceUnavailable => "Service Unavailable"u8,
        HttpStatusCode.GatewayTimeout => "Gateway Timeout"u8,
        HttpStatusCode.HttpVersionNotSupported => "HTTP Version Not Supported"u8,
        HttpStatusCode.LoopDetected => "Loop Detected"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> Extra(HttpStatusCode status, ProxyChallenge challenge) => status switch
    {
        HttpStatusCode.ProxyAuthenticationRequired => ProxyChallenges.Lines(challenge),
        HttpStatusCode.MethodNotAllowed => "Allow: CONNECT\r\n"u8,
        HttpStatusCode.ServiceUnavailable => "Retry-After: 1\r\n"u8,
        _ => default,
    };

    private static void Append(Span<byte> destination, ref int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(destination[length..]);
        length += text.Length;
    }
}
