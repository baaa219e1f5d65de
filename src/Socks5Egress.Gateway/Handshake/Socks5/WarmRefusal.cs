using System.Buffers;
using System.Net;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Gateway.Handshake.Socks5;

/// <summary>
/// Ends a connection that waits: with a general failure whatever the reason is. A request that is on its way then has its answer, which says that nothing was
/// dialed for it, so that the client may ask elsewhere.
/// </summary>
internal sealed class WarmRefusal : IReplyWriter
{
    public static readonly WarmRefusal Instance = new();

    public void Succeeded(IBufferWriter<byte> output, IPEndPoint bound) => throw new InvalidOperationException("There was no request.");

    public void Failed(IBufferWriter<byte> output, EndReason reason) =>
        output.Advance(Reply.Write(output.GetSpan(Reply.MaxWrittenLength), ReplyCode.GeneralFailure, null));
}
