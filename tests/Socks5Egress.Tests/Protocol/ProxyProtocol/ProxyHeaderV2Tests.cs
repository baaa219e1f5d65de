using System.Buffers;
using System.Net;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.ProxyProtocol;
using Xunit;

namespace Socks5Egress.Tests.Protocol.ProxyProtocol;

public class ProxyHeaderV2Tests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];
    private static readonly byte[] IPv4 = [192, 0, 2, 1, 198, 51, 100, 7, 0xC7, 0x38, 0x04, 0x38];
    private static readonly byte[] IPv6 =
    [
        0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 198, 51, 100, 7, 0xC7, 0x38, 0x04, 0x38,
    ];

    private static readonly byte[] Tlvs = [0x04, 0, 3, 0xAA, 0xBB, 0xCC, 0x01, 0, 2, (byte)'h', (byte)'2'];

    [Fact]
    public void IPv4_end_points_are_read() => ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, Message(0x21, 0x11, IPv4), header =>
    {
        Assert.Equal("192.0.2.1:51000", header.ToSource()?.ToString());
        Assert.Equal("198.51.100.7:1080", header.ToDestination()?.ToString());
    });

    [Fact]
    public void IPv6_end_points_are_read() => ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, Message(0x21, 0x21, IPv6), header =>
    {
        Assert.Equal("[2001:db8::1]:51000", header.ToSource()?.ToString());
        Assert.Equal("198.51.100.7:1080", header.ToDestination()?.ToString());
    });

    [Fact]
    public void Further_fields_are_skipped()
    {
        foreach (var message in new[] { Message(0x21, 0x11, [.. IPv4, .. Tlvs]), Message(0x21, 0x11, [.. IPv4, .. new byte[600]]) })
            ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, message, header => Assert.Equal("192.0.2.1:51000", header.ToSource()?.ToString()));
    }

    [Theory]
    [InlineData(0x20, 0x00)]
    [InlineData(0x20, 0x11)]
    [InlineData(0x20, 0xFF)]
    [InlineData(0x21, 0x00)]
    public void LOCAL_and_an_unspecified_family_name_nobody(byte command, byte family)
    {
        foreach (var rest in new[] { [], IPv4, Tlvs })
        {
            ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, Message(command, family, rest), header =>
            {
                Assert.Null(header.ToSource());
                Assert.Null(header.ToDestination());
            });
        }
    }

    [Fact]
    public void Each_fault_shows_at_its_byte()
    {
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, [0x0D, 0x0A, 0x0D, 0x0A, 0x01], 5, ParseFault.Syntax);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Message(0x11, 0x11, IPv4), 13, ParseFault.Version);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Message(0x31, 0x11, IPv4), 13, ParseFault.Version);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Message(0x22, 0x11, IPv4), 13, ParseFault.Syntax);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Message(0x21, 0x11, IPv4[..11]), 16, ParseFault.Length);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Message(0x21, 0x21, IPv6[..35]), 16, ParseFault.Length);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Message(0x21, 0x21, IPv4), 16, ParseFault.Length);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, [.. Signature, 0x20, 0, 0x0F, 0xF1], 16, ParseFault.TooLarge);
    }

    [Theory]
    [InlineData(0x10)]
    [InlineData(0x13)]
    [InlineData(0x01)]
    [InlineData(0x30)]
    [InlineData(0x33)]
    [InlineData(0x41)]
    [InlineData(0xFF)]
    public void A_family_that_the_specification_does_not_know_is_refused(byte family) =>
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Message(0x21, family, new byte[216]), 14, ParseFault.AddressType);

    [Theory]
    [InlineData(0x12, 12)]
    [InlineData(0x22, 36)]
    [InlineData(0x31, 216)]
    [InlineData(0x32, 0)]
    public void A_valid_family_that_is_not_TCP_over_IP_names_nobody(byte family, int length)
    {
        var message = Message(0x21, family, new byte[length]);
        var parsed = ProxyHeader.Read(new ReadOnlySequence<byte>(message));
        Assert.Equal((ParseStatus.Done, null, null), (parsed.Status, parsed.Value.ToSource(), parsed.Value.ToDestination()));
    }

    [Fact]
    public void A_header_of_4_KiB_is_read()
    {
        var message = Message(0x21, 0x11, [.. IPv4, .. new byte[ProxyHeader.MaxLength - 28]]);
        Assert.Equal(4096, message.Length);
        Assert.Equal(ParseStatus.NeedMore, ProxyHeader.Read(Segments.Whole(message.AsMemory(0, 4095))).Status);
        Assert.Equal("192.0.2.1:51000", ProxyHeader.Read(Segments.Single(message)).Value.ToSource()?.ToString());
    }

    [Theory]
    [InlineData("192.0.2.1", "198.51.100.7", 28)]
    [InlineData("::ffff:192.0.2.1", "198.51.100.7", 28)]
    [InlineData("192.0.2.1", "2001:db8::7", 52)]
    [InlineData("2001:db8::1", "2001:db8::7", 52)]
    public void What_is_written_is_read(string source, string target, int expectedLength)
    {
        var from = new IPEndPoint(AddressLiteral.Canonical(IPAddress.Parse(source)), 51000);
        var to = new IPEndPoint(IPAddress.Parse(target), 1080);
        var bytes = new byte[ProxyHeaderV2.MaxWrittenLength];
        var length = ProxyHeaderV2.Write(bytes, new IPEndPoint(IPAddress.Parse(source), 51000), to);
        Assert.Equal(expectedLength, length);
        ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, bytes[..length], header =>
        {
            Assert.Equal(from, header.ToSource());
            Assert.Equal(to, header.ToDestination());
        });
    }

    [Fact]
    public void The_bytes_written_are_those_of_the_specification()
    {
        var bytes = new byte[ProxyHeaderV2.MaxWrittenLength];
        var length = ProxyHeaderV2.Write(bytes, new IPEndPoint(new IPAddress(IPv4[..4]), 51000), new IPEndPoint(new IPAddress(IPv4[4..8]), 1080));
        Assert.Equal(Message(0x21, 0x11, IPv4), bytes[..length]);
        Assert.Equal(Message(0x20, 0, []), bytes[..ProxyHeaderV2.Write(bytes, null, null)]);
    }

    [Fact]
    public void The_reader_agrees_with_a_rule_on_array_indices() => SlowRule.Agrees<ProxyHeader>(
        ProxyHeaderV2.Read,
        header => $"{header.ToSource()} {header.ToDestination()}",
        bytes =>
        {
            for (int i = 0; i < Math.Min(12, bytes.Length); i++)
                if (bytes[i] != Signature[i]) return Outcome.Invalid(ParseFault.Syntax);
            if (bytes.Length < 13) return Outcome.NeedMore;
            if (bytes[12] / 16 != 2) return Outcome.Invalid(ParseFault.Version);
            if (bytes[12] % 16 > 1) return Outcome.Invalid(ParseFault.Syntax);
            if (bytes.Length < 14) return Outcome.NeedMore;
            if (bytes[12] == 0x21 && bytes[13] is not (0 or 0x11 or 0x12 or 0x21 or 0x22 or 0x31 or 0x32)) return Outcome.Invalid(ParseFault.AddressType);
            if (bytes.Length < 16) return Outcome.NeedMore;
            var named = bytes[12] == 0x21 && bytes[13] is (0x11 or 0x21);
            int length = (bytes[14] * 256) + bytes[15], width = bytes[13] == 0x11 ? 4 : 16;
            if (length > 4080) return Outcome.Invalid(ParseFault.TooLarge);
            if (named && length < (2 * width) + 4) return Outcome.Invalid(ParseFault.Length);
            if (bytes.Length < 16 + length) return Outcome.NeedMore;
            return Outcome.Done(16 + length, named ? EndPoint(bytes, 16, 16 + (2 * width), width) + " " + EndPoint(bytes, 16 + width, 18 + (2 * width), width) : " ");
        },
        Message(0x21, 0x11, IPv4),
        Message(0x21, 0x21, [.. IPv6, .. Tlvs]),
        Message(0x20, 0, Tlvs),
        Message(0x21, 0, []));

    private static string EndPoint(byte[] bytes, int address, int port, int width)
    {
        var ip = new IPAddress(bytes[address..(address + width)]);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, (bytes[port] * 256) + bytes[port + 1]).ToString();
    }

    private static byte[] Message(byte command, byte family, byte[] rest) =>
        [.. Signature, command, family, (byte)(rest.Length / 256), (byte)(rest.Length % 256), .. rest];
}
