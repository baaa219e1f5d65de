using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;
using Xunit;

namespace Socks5Egress.Tests.Protocol.FirstFlight;

public sealed class SshIdentificationTests
{
    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2 Debian\r\n")]
    [InlineData("SSH-1.99-x\n")]
    public void A_line_is_read_to_its_end_and_not_before(string line)
    {
        var bytes = Encoding.ASCII.GetBytes(line + "more");
        for (var cut = 0; cut < line.Length; cut++) Assert.Equal(ParseStatus.NeedMore, SshIdentification.TryRead(bytes.AsSpan(0, cut), out _));
        Assert.Equal(ParseStatus.Done, SshIdentification.TryRead(bytes, out var length));
        Assert.Equal(line.Length, length);
    }

    [Theory]
    [InlineData("SSX")]
    [InlineData("SSH-\r\n")]
    [InlineData("SSH-1.5-x\r\n")]
    [InlineData("SSH-2.0-a\0b\r\n")]
    [InlineData("SSH-2.0-a\rb\r\n")]
    [InlineData(" SSH-2.0-x\r\n")]
    public void What_is_no_line_is_invalid(string text) => Assert.Equal(ParseStatus.Invalid, SshIdentification.TryRead(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void A_line_has_255_bytes_at_most()
    {
        var longest = Encoding.ASCII.GetBytes("SSH-2.0-" + new string('x', 245) + "\r\n");
        Assert.Equal(ParseStatus.Done, SshIdentification.TryRead(longest, out _));
        Assert.Equal(ParseStatus.Invalid, SshIdentification.TryRead(Encoding.ASCII.GetBytes("SSH-2.0-" + new string('x', 246) + "\r\n"), out _));
        Assert.Equal(ParseStatus.Invalid, SshIdentification.TryRead(Encoding.ASCII.GetBytes("SSH-2.0-" + new string('x', 400)), out _));
    }
}
