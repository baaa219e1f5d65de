using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;
using Xunit;

namespace Socks5Egress.Tests.Protocol.FirstFlight;

/// <summary>The first handshake message, put together from records and packets that are cut anywhere.</summary>
public sealed class HandshakeReaderTests
{
    private static readonly byte[] Hello = Hellos.Client([Hellos.Grease, Hellos.Name("db.example.com"), Hellos.Protocols([.. "postgresql"u8])]);

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(50, false)]
    [InlineData(16384, false)]
    [InlineData(1, true)]
    [InlineData(50, true)]
    [InlineData(16384, true)]
    public void A_message_is_whole_with_its_last_byte_however_it_is_cut(int record, bool insideTds)
    {
        var wire = Hellos.Records(Hello, record);
        if (insideTds) wire = Hellos.Packets(wire, 100);
        for (var cut = 0; cut < wire.Length; cut++)
        {
            using var reader = new HandshakeReader(HelloKind.ClientHello, insideTds);
            Assert.Equal(ParseStatus.NeedMore, reader.Feed(wire.AsSpan(0, cut)));
            Assert.Equal(ParseStatus.Done, reader.Feed(wire.AsSpan(cut)));
            Assert.Equal(Hello[4..], reader.Body.ToArray());
            Assert.Equal(wire.Length, reader.Wire);
        }
    }

    [Fact]
    public void What_follows_the_message_is_not_counted()
    {
        using var reader = new HandshakeReader(HelloKind.ClientHello);
        var wire = Hellos.Records(Hello);
        Assert.Equal(ParseStatus.Done, reader.Feed((byte[])[.. wire, 20, 3, 3, 0, 1, 1]));
        Assert.Equal(wire.Length, reader.Wire);
    }

    [Fact]
    public void Sixty_four_kibibytes_are_read_and_one_more_is_not()
    {
        foreach (var (padding, expected) in new[] { (HandshakeReader.MaxMessage, ParseStatus.Done), (HandshakeReader.MaxMessage + 1, ParseStatus.Invalid) })
        {
            using var reader = new HandshakeReader(HelloKind.ClientHello);
            Assert.Equal(expected, reader.Feed(Hellos.Records(Hellos.Message(1, new byte[padding]))));
        }
    }

    [Fact]
    public void A_bomb_of_tiny_records_is_refused_before_it_takes_more_than_it_may()
    {
        using var reader = new HandshakeReader(HelloKind.ClientHello);
        var wire = Hellos.Records(Hellos.Message(1, new byte[HandshakeReader.MaxMessage]), 1);
        var fed = 0;
        var status = ParseStatus.NeedMore;
        while (status == ParseStatus.NeedMore) status = reader.Feed(wire.AsSpan(fed++, 1));
        Assert.Equal(ParseStatus.Invalid, status);
        Assert.Equal(HandshakeReader.MaxWire + 1, fed);
    }

    [Theory]
    [InlineData("80")]
    [InlineData("47")]
    [InlineData("1602")]
    [InlineData("160305")]
    [InlineData("1603010000")]
    [InlineData("1603014001")]
    [InlineData("160301000102")]
    [InlineData("160301000401010001")]
    public void What_is_no_hello_is_told_by_its_last_byte_and_not_before(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            using var reader = new HandshakeReader(HelloKind.ClientHello);
            Assert.Equal(ParseStatus.NeedMore, reader.Feed(bytes.AsSpan(0, cut)));
            Assert.Equal(ParseStatus.Invalid, reader.Feed(bytes.AsSpan(cut)));
        }
    }

    [Fact]
    public void A_client_says_nothing_more_in_the_record_of_its_hello()
    {
        using var reader = new HandshakeReader(HelloKind.ClientHello);
        Assert.Equal(ParseStatus.Invalid, reader.Feed(Hellos.Records([.. Hello, 0])));
    }

    [Fact]
    public void A_server_goes_on_in_the_record_of_its_hello()
    {
        using var reader = new HandshakeReader(HelloKind.ServerHello);
        Assert.Equal(ParseStatus.Done, reader.Feed(Hellos.Records([.. Hellos.Server(), 11, 0, 0, 0])));
        Assert.False(reader.IsAlert);
    }

    [Fact]
    public void An_alert_of_the_server_ends_the_reading_and_one_of_the_client_is_no_hello()
    {
        byte[] alert = [21, 3, 3, 0, 2, 2, 112];
        using var server = new HandshakeReader(HelloKind.ServerHello);
        Assert.Equal(ParseStatus.Done, server.Feed(alert));
        Assert.True(server.IsAlert);
        using var client = new HandshakeReader(HelloKind.ClientHello);
        Assert.Equal(ParseStatus.Invalid, client.Feed(alert));
    }

    [Fact]
    public void A_packet_of_another_type_is_no_handshake_inside_tds()
    {
        using var reader = new HandshakeReader(HelloKind.ClientHello, insideTds: true);
        Assert.Equal(ParseStatus.Invalid, reader.Feed(Hellos.Packets(Hellos.Records(Hello), type: 0x10)));
    }
}
