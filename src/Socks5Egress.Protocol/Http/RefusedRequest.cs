using System.Net;

namespace Socks5Egress.Protocol.Http;

/// <summary>Writes the answer to a request that a forward proxy does not pass on.</summary>
internal static class RefusedRequest
{
    /// <summary>The methods that are passed on, for 405 (RFC 9110 section 15.5.6) and OPTIONS. Every other one that is not named here is passed on too.</summary>
    private static ReadOnlySpan<byte> Allow => "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"u8;

    /// <summary>The room that <see cref="Write"/> needs, in bytes.</summary>
    public static int Room(string sentence) => ProxyResponse.MaxLength + 64 + sentence.Length;

    /// <summary>Writes it.</summary>
    /// <param name="destination">At least <see cref="Room"/> bytes.</param>
    /// <param name="status">200, or 400 to 599. 407 asks for credentials.</param>
    /// <param name="sentence">The body: ASCII, one line without its end. Empty: there is none.</param>
    /// <param name="toHead">It answers a HEAD: the body is left out.</param>
    /// <param name="closes">The connection closes behind it.</param>
    /// <param name="challenge">What 407 asks for.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, int status, string sentence, bool toHead, bool closes, ProxyChallenge challenge = ProxyChallenge.Basic)
    {
        var writer = new HeadWriter(destination);
        writer.Write("HTTP/1.1 "u8);
        writer.Write(status);
        writer.Write(" "u8);
        writer.Write(ProxyResponse.Phrase((HttpStatusCode)status));
        writer.Write("\r\n"u8);
        if (status is 200 or 405) writer.Write(Allow);
        if (status == 407) writer.Write(ProxyChallenges.Lines(challenge));
        if (status == 503) writer.Write("Retry-After: 1\r\n"u8);
        if (sentence.Length > 0) writer.Write("Content-Type: text/plain; charset=us-ascii\r\n"u8);
        writer.WriteFraming(BodyFraming.Of(sentence.Length == 0 ? 0 : sentence.Length + 1));
        if (closes) writer.Write("Connection: close\r\n"u8);
        writer.Write("\r\n"u8);
        if (sentence.Length == 0 || toHead) return writer.Length;
        writer.Write(sentence);
        writer.Write("\n"u8);
        return writer.Length;
    }
}
