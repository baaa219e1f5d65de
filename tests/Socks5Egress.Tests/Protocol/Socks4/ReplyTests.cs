using System.Net;
using Socks5Egress.Protocol.Socks4;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks4;

public class ReplyTests
{
    [Theory]
    [InlineData(true, "198.51.100.7", new byte[] { 0, 0x5A, 0x9C, 0x41, 198, 51, 100, 7 })]
    [InlineData(true, "::ffff:198.51.100.7", new byte[] { 0, 0x5A, 0x9C, 0x41, 198, 51, 100, 7 })]
    [InlineData(true, "2001:db8::7", new byte[] { 0, 0x5A, 0x9C, 0x41, 0, 0, 0, 0 })]
    [InlineData(false, null, new byte[] { 0, 0x5B, 0, 0, 0, 0, 0, 0 })]
    public void A_reply_is_eight_bytes(bool granted, string? bound, byte[] expected)
    {
        var bytes = Enumerable.Repeat((byte)0xEE, Reply.Length).ToArray();
        var length = Reply.Write(bytes, granted, bound is null ? null : new IPEndPoint(IPAddress.Parse(bound), 40001));
        Assert.Equal(expected, bytes[..length]);
    }
}
