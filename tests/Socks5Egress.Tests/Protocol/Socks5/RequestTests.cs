using System.Buffers;
using System.Net;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks5;

public class RequestTests
{
    private static readonly byte[] IPv6Bytes = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    [Fact]
    public void An_IPv4_destination_is_read() =>
        ReaderContract.Reads<Request>(Request.Read, [5, 1, 0, 1, 203, 0, 113, 9, 0x15, 0x38], request =>
        {
            Assert.Equal(Command.Connect, request.Command);
            Assert.Equal(AddressType.IPv4, request.AddressType);
            Assert.Equal([203, 0, 113, 9], request.Host.ToArray());
            Assert.Equal(5432, request.Port);
            Assert.Equal(Destination.Of(new IPAddress([203, 0, 113, 9]), 5432), request.ToDestination());
        });

    [Fact]
    public void An_IPv6_destination_is_read() =>
        ReaderContract.Reads<Request>(Request.Read, [5, 2, 0, 4, .. IPv6Bytes, 0xFF, 0xFF], request =>
        {
            Assert.Equal(Command.Bind, request.Command);
            Assert.Equal("[2001:db8::1]:65535", request.ToDestination().ToString());
        });

    [Fact]
    public void An_IPv4_mapped_destination_is_the_IPv4_one() =>
        ReaderContract.Reads<Request>(Request.Read, [5, 1, 0, 4, .. new byte[10], 0xFF, 0xFF, 127, 0, 0, 1, 0, 80], request =>
            Assert.Equal(Destination.Of(IPAddress.Loopback, 80), request.ToDestination()));

    [Theory]
    [InlineData(1)]
    [InlineData(14)]
    [InlineData(255)]
    public void A_name_is_read_whole(int length)
    {
        byte[] name = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        ReaderContract.Reads<Request>(Request.Read, [5, 1, 0, 3, (byte)length, .. name, 0, 0], request =>
        {
            Assert.Equal(AddressType.DomainName, request.AddressType);
            Assert.Equal(name, request.Host.ToArray());
            Assert.Equal(string.Concat(name.Select(b => (char)b)), request.ToDestination().Name);
            Assert.Equal(0, request.Port);
        });
    }

    [Fact]
    public void A_reserved_byte_that_is_not_zero_is_tolerated() =>
        ReaderContract.Reads<Request>(Request.Read, [5, 1, 0xAA, 1, 1, 2, 3, 4, 0, 80], request =>
            Assert.Equal("1.2.3.4:80", request.ToDestination().ToString()));

    [Fact]
    public void An_unknown_command_is_read_so_that_it_can_be_answered() =>
        ReaderContract.Reads<Request>(Request.Read, [5, 0xF0, 0, 1, 1, 2, 3, 4, 0, 80], request =>
            Assert.Equal(0xF0, (byte)request.Command));

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Another_version_is_refused_at_the_first_byte(byte version) =>
        ReaderContract.Refuses<Request>(Request.Read, [version, 1, 0, 1, 1, 2, 3, 4, 0, 80], 1, ParseFault.Version);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(255)]
    public void An_unknown_address_type_is_refused_at_the_fourth_byte(byte type) =>
        ReaderContract.Refuses<Request>(Request.Read, [5, 1, 0, type, 1, 2, 3, 4, 0, 80], 4, ParseFault.AddressType);

    [Fact]
    public void A_name_of_no_bytes_is_refused_at_its_length() =>
        ReaderContract.Refuses<Request>(Request.Read, [5, 1, 0, 3, 0, 0, 80], 5, ParseFault.Length);

    [Fact]
    public void The_command_of_an_invalid_request_can_be_had()
    {
        foreach (var bytes in new byte[][] { [5, 0xF0], [5, 0xF0, 0, 9], [5, 0xF0, 0, 3, 0] })
        {
            Assert.Equal((Command)0xF0, Request.PeekCommand(Segments.Whole(bytes)));
            Assert.Equal((Command)0xF0, Request.PeekCommand(Segments.Single(bytes)));
        }

        foreach (var bytes in new byte[][] { [], [5], [4, 1] })
            Assert.Null(Request.PeekCommand(Segments.Whole(bytes)));
    }

    [Fact]
    public void What_a_client_writes_a_server_reads()
    {
        var longest = Destination.Of(new string('n', 255), 1);
        foreach (var target in new[] { Destination.Of(IPAddress.Parse("::2"), 443), Destination.Of(IPAddress.Broadcast, 65535), longest })
        {
            var bytes = new byte[Request.MaxLength];
            var length = Request.Write(bytes, Command.Connect, target);
            ReaderContract.Reads<Request>(Request.Read, bytes[..length], request =>
            {
                Assert.Equal(Command.Connect, request.Command);
                Assert.Equal(target, request.ToDestination());
            });
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void A_name_whose_length_does_not_fit_is_not_written(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Request.Write(new byte[999], Command.Connect, Destination.Of(new string('n', length), 1)));
}
