using System.Buffers;
using System.Net;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>For sessions without a protocol of their own: a forward's client speaks to the target from its first byte, and hears nothing of ours.</summary>
internal sealed class SilentReplyWriter : IReplyWriter
{
    public static readonly SilentReplyWriter Instance = new();

    public void Succeeded(IBufferWriter<byte> output, IPEndPoint bound)
    {
    }

    public void Failed(IBufferWriter<byte> output, EndReason reason)
    {
    }
}
