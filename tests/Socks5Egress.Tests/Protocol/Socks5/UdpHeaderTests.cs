using System.Buffers;
using System.Net;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks5;

public class UdpHeaderTests
{
    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7", 10)]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7", 10)]
    [InlineData("2001:db8::7", "2001:db8::7", 22)]
    public void A_written_header_is_read(string source, string read, int expectedLength)
    {
        var bytes = new byte[UdpHeader.MaxWrittenLength];
        var length = UdpHeader.Write(bytes, new IPEndPoint(IPAddress.Parse(source), 53));
        Assert.Equal(expectedLength, length);
        Assert.Equal(length, UdpHeader.LengthFor(IPAddress.Parse(read)));
        ReaderContract.Reads<UdpHeader>(UdpHeader.Read, bytes[..length], header =>
        {
            Assert.Equal(0, header.Fragment);
            Assert.Equal(Destination.Of(IPAddress.Parse(read), 53), header.ToDestination());
        });
    }

    [Fact]
    public void What_the_buffer_held_before_does_not_show()
    {
        var bytes = Enumerable.Repeat((byte)0xEE, UdpHeader.MaxWrittenLength).ToArray();
        UdpHeader.Write(bytes, new IPEndPoint(IPAddress.Loopback, 53));
        Assert.Equal([0, 0, 0, 1, 127, 0, 0, 1, 0, 53], bytes[..10]);
    }

    [Fact]
    public void A_fragment_is_told() =>
        ReaderContract.Reads<UdpHeader>(UdpHeader.Read, [0, 0, 0x81, 3, 2, (byte)'d', (byte)'b', 1, 0], header =>
        {
            Assert.Equal(0x81, header.Fragment);
            Assert.Equal(Destination.Of("db", 256), header.ToDestination());
        });

    [Fact]
    public void Broken_headers_are_refused()
    {
        ReaderContract.Refuses<UdpHeader>(UdpHeader.Read, [1, 0, 0, 1, 0, 0, 0, 0, 0, 0], 1, ParseFault.Syntax);
        ReaderContract.Refuses<UdpHeader>(UdpHeader.Read, [0, 1, 0, 1, 0, 0, 0, 0, 0, 0], 2, ParseFault.Syntax);
        ReaderContract.Refuses<UdpHeader>(UdpHeader.Read, [0, 0, 0, 2, 0, 0, 0, 0, 0, 0], 4, ParseFault.AddressType);
        ReaderContract.Refuses<UdpHeader>(UdpHeader.Read, [0, 0, 0, 3, 0, 0, 0], 5, ParseFault.Length);
    }

    [Fact]
    public void The_reader_agrees_with_a_slow_rule() => SlowRule.Agrees<UdpHeader>(
        UdpHeader.Read,
        header => $"{header.Fragment} {(byte)header.AddressType} {header.ToDestination()}",
        Rule,
        [0, 0, 0, 3, 4, .. "host"u8, 0x15, 0x38],
        [0, 0, 0, 1, 192, 0, 2, 1, 0, 53, .. "data"u8],
        [0, 0, 2, 4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 187]);

    private static Outcome Rule(byte[] bytes)
    {
        if (bytes.Take(2).Any(each => each != 0)) return Outcome.Invalid(ParseFault.Syntax);
        if (bytes.Length < 4) return Outcome.NeedMore;
        if (bytes[3] is not (1 or 3 or 4)) return Outcome.Invalid(ParseFault.AddressType);
        if (bytes.Length < 5) return Outcome.NeedMore;
        if (bytes[3] == 3 && bytes[4] == 0) return Outcome.Invalid(ParseFault.Length);
        var (start, length) = bytes[3] switch { 1 => (4, 4), 4 => (4, 16), _ => (5, (int)bytes[4]) };
        var end = start + length + 2;
        if (bytes.Length < end) return Outcome.NeedMore;
        var port = (bytes[end - 2] * 256) + bytes[end - 1];
        return Outcome.Done(end, $"{bytes[2]} {bytes[3]} {Shown(bytes[3], bytes[start..(start + length)])}:{port}");
    }

    private static string Shown(byte type, byte[] host)
    {
        if (type == 3) return Encoding.Latin1.GetString(host);
        var address = new IPAddress(host);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.GetAddressBytes().Length == 4 ? address.ToString() : $"[{address}]";
    }
}
