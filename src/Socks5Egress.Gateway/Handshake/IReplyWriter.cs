using System.Buffers;
using System.Net;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>Answers a request in the protocol it came by. Writes bytes; the caller flushes.</summary>
internal interface IReplyWriter
{
    /// <summary>The target is connected; payload follows.</summary>
    /// <param name="output">Where the reply goes.</param>
    /// <param name="bound">The real local address of the outgoing socket.</param>
    void Succeeded(IBufferWriter<byte> output, IPEndPoint bound);

    /// <summary>The request is refused or failed; the connection closes behind the reply.</summary>
    void Failed(IBufferWriter<byte> output, EndReason reason);
}
