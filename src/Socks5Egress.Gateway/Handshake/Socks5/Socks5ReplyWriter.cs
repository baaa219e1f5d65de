using System.Buffers;
using System.Net;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Gateway.Handshake.Socks5;

/// <summary>Answers in SOCKS5: one reply, one write (RFC 1928 section 6).</summary>
internal sealed class Socks5ReplyWriter : IReplyWriter
{
    /// <summary>It keeps nothing of a connection: one is enough.</summary>
    public static readonly Socks5ReplyWriter Instance = new();

    public void Succeeded(IBufferWriter<byte> output, IPEndPoint bound) => Write(output, ReplyCode.Succeeded, bound);

    public void Failed(IBufferWriter<byte> output, EndReason reason) => Write(output, reason.ToSocks5(), null);

    private static void Write(IBufferWriter<byte> output, ReplyCode code, IPEndPoint? bound) =>
        output.Advance(Reply.Write(output.GetSpan(Reply.MaxWrittenLength), code, bound));
}
