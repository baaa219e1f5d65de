using System.Buffers;
using System.Net;
using Socks5Egress.Protocol.Socks4;

namespace Socks5Egress.Gateway.Handshake.Socks4;

/// <summary>Answers in SOCKS4: granted, or not.</summary>
internal sealed class Socks4ReplyWriter : IReplyWriter
{
    /// <summary>It keeps nothing of a connection: one is enough.</summary>
    public static readonly Socks4ReplyWriter Instance = new();

    public void Succeeded(IBufferWriter<byte> output, IPEndPoint bound) => Write(output, granted: true, bound);

    public void Failed(IBufferWriter<byte> output, EndReason reason) => Write(output, granted: false, null);

    private static void Write(IBufferWriter<byte> output, bool granted, IPEndPoint? bound) =>
        output.Advance(Reply.Write(output.GetSpan(Reply.Length), granted, bound));
}
