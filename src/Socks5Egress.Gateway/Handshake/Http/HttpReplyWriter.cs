using System.Buffers;
using System.Net;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Gateway.Handshake.Http;

/// <summary>Answers a CONNECT (RFC 9110 section 9.3.6). HTTP has no place for the bound address.</summary>
internal sealed class HttpReplyWriter : IReplyWriter
{
    /// <summary>It keeps nothing of a connection: one is enough.</summary>
    public static readonly HttpReplyWriter Instance = new();

    public void Succeeded(IBufferWriter<byte> output, IPEndPoint bound) => output.Write(ProxyResponse.Established);

    public void Failed(IBufferWriter<byte> output, EndReason reason) =>
        output.Advance(ProxyResponse.WriteRefusal(output.GetSpan(ProxyResponse.MaxLength), (HttpStatusCode)reason.ToHttpStatus()));
}
