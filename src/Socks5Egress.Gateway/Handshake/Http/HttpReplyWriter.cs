using System.Buffers;
using System.Net;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Gateway.Handshake.Http;

/// <summary>Answers a CONNECT (RFC 9110 section 9.3.6). HTTP has no place for the bound address.</summary>
/// <param name="challenge">What a 407 asks for.</param>
internal sealed class HttpReplyWriter(ProxyChallenge challenge) : IReplyWriter
{
    /// <summary>It keeps nothing of a connection: one is enough.</summary>
    public static readonly HttpReplyWriter Instance = new(ProxyChallenge.Basic);

    private static readonly HttpReplyWriter Bearer = new(ProxyChallenge.BasicOrBearer);
    private static readonly HttpReplyWriter InvalidToken = new(ProxyChallenge.InvalidToken);

    /// <summary>The one that asks for this.</summary>
    public static HttpReplyWriter Of(ProxyChallenge challenge) => challenge switch
    {
        ProxyChallenge.BasicOrBearer => Bearer,
        ProxyChallenge.InvalidToken => InvalidToken,
        _ => Instance,
    };

    public void Succeeded(IBufferWriter<byte> output, IPEndPoint bound) => output.Write(ProxyResponse.Established);

    public void Failed(IBufferWriter<byte> output, EndReason reason) =>
        output.Advance(ProxyResponse.WriteRefusal(output.GetSpan(ProxyResponse.MaxLength), (HttpStatusCode)reason.ToHttpStatus(), challenge));
}
