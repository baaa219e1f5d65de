using System.Net;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport.Linux;

public sealed class SocketAddressBytesTests
{
    [Theory]
    [InlineData("127.0.0.1:1080")]
    [InlineData("255.255.255.255:65535")]
    [InlineData("0.0.0.0:0")]
    [InlineData("[::1]:443")]
    [InlineData("[2001:db8::ff]:65535")]
    [InlineData("[fe80::1%7]:1")]
    public void What_is_written_is_what_the_framework_writes_and_is_read_back(string text)
    {
        var endpoint = IPEndPoint.Parse(text);
        var bytes = new byte[SocketAddressBytes.MaxLength];
        var length = SocketAddressBytes.Write(bytes, endpoint.Address, endpoint.Port);

        var expected = endpoint.Serialize();
        Assert.Equal(expected.Buffer[..expected.Size].ToArray(), bytes[..length]);
        Assert.Equal(endpoint, SocketAddressBytes.Read(bytes));
    }

    [Fact]
    public void A_mapped_address_is_read_as_IPv4()
    {
        var bytes = new byte[SocketAddressBytes.MaxLength];
        SocketAddressBytes.Write(bytes, IPAddress.Parse("::ffff:203.0.113.9"), 80);
        Assert.Equal(IPEndPoint.Parse("203.0.113.9:80"), SocketAddressBytes.Read(bytes));
    }

    [Fact]
    public void Writing_leaves_nothing_of_what_was_there()
    {
        var bytes = Enumerable.Repeat((byte)0xAA, SocketAddressBytes.MaxLength).ToArray();
        SocketAddressBytes.Write(bytes, IPAddress.Loopback, 1);
        Assert.All(bytes[8..], static b => Assert.Equal(0, b));
    }
}
