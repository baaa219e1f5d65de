using System.Net;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks5;

public class ReplyTests
{
    [Fact]
    public void A_failure_names_no_address()
    {
        var bytes = new byte[Reply.MaxWrittenLength];
        var length = Reply.Write(bytes, ReplyCode.ConnectionRefused, null);
        Assert.Equal([5, 5, 0, 1, 0, 0, 0, 0, 0, 0], bytes[..length]);
        ReaderContract.Reads<Reply>(Reply.Read, bytes[..length], reply => Assert.Equal(ReplyCode.ConnectionRefused, reply.Code));
    }

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7", 10)]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7", 10)]
    [InlineData("fe80::7%3", "fe80::7", 22)]
    [InlineData("2001:db8::7", "2001:db8::7", 22)]
    public void The_bound_address_is_written_in_its_own_family(string bound, string read, int expectedLength)
    {
        var bytes = new byte[Reply.MaxWrittenLength];
        var length = Reply.Write(bytes, ReplyCode.Succeeded, new IPEndPoint(IPAddress.Parse(bound), 40001));
        Assert.Equal(expectedLength, length);
        ReaderContract.Reads<Reply>(Reply.Read, bytes[..length], reply =>
        {
            Assert.Equal(ReplyCode.Succeeded, reply.Code);
            Assert.Equal(Destination.Of(IPAddress.Parse(read), 40001), reply.ToBound());
        });
    }

    [Fact]
    public void A_reply_that_names_a_host_is_read() =>
        ReaderContract.Reads<Reply>(Reply.Read, [5, 0, 0, 3, 2, (byte)'g', (byte)'w', 1, 0], reply =>
            Assert.Equal(Destination.Of("gw", 256), reply.ToBound()));

    [Fact]
    public void An_unassigned_code_is_read() =>
        ReaderContract.Reads<Reply>(Reply.Read, [5, 0x99, 0, 1, 0, 0, 0, 0, 0, 0], reply => Assert.Equal(0x99, (byte)reply.Code));

    [Fact]
    public void Another_version_or_address_type_is_refused()
    {
        ReaderContract.Refuses<Reply>(Reply.Read, [4, 0, 0, 1, 0, 0, 0, 0, 0, 0], 1, ParseFault.Version);
        ReaderContract.Refuses<Reply>(Reply.Read, [5, 0, 0, 2, 0, 0, 0, 0, 0, 0], 4, ParseFault.AddressType);
        ReaderContract.Refuses<Reply>(Reply.Read, [5, 0, 0, 3, 0, 0, 0], 5, ParseFault.Length);
    }
}
