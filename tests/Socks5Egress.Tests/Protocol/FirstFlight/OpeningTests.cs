using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;
using Xunit;

namespace Socks5Egress.Tests.Protocol.FirstFlight;

/// <summary>How PostgreSQL, MySQL and SQL Server begin, cut at every byte, and how each is refused in its own words.</summary>
public sealed class OpeningTests
{
    private static byte[] Postgres(uint length, uint code)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), code);
        return bytes;
    }

    [Theory]
    [InlineData(8, 80877103, PostgresOpening.SslRequest)]
    [InlineData(8, 80877104, PostgresOpening.GssEncRequest)]
    [InlineData(16, 80877102, PostgresOpening.CancelRequest)]
    [InlineData(268, 80877102, PostgresOpening.CancelRequest)]
    [InlineData(41, 196608, PostgresOpening.Startup)]
    [InlineData(41, 196610, PostgresOpening.Startup)]
    [InlineData(296, 131072, PostgresOpening.Startup)]
    public void The_opening_of_postgres_is_told_by_eight_bytes(uint length, uint code, object expected)
    {
        var bytes = Postgres(length, code);
        for (var cut = 0; cut < bytes.Length; cut++) Assert.Equal(ParseStatus.NeedMore, PostgresOpenings.TryRead(bytes.AsSpan(0, cut), out _));
        Assert.Equal(ParseStatus.Done, PostgresOpenings.TryRead((byte[])[.. bytes, 1, 2, 3], out var opening));
        Assert.Equal(expected, opening);
    }

    [Theory]
    [InlineData(9, 80877103)]
    [InlineData(8, 196608)]
    [InlineData(20, 80877105)]
    [InlineData(0x10000, 196608)]
    [InlineData(60000, 196608)]
    public void What_is_no_opening_of_postgres_is_refused(uint length, uint code) =>
        Assert.Equal(ParseStatus.Invalid, PostgresOpenings.TryRead(Postgres(length, code), out _));

    private static byte[] Greeting(bool tls)
    {
        byte[] payload = [10, .. "11.8.3-MariaDB"u8, 0, 1, 0, 0, 0, .. "12345678"u8, 0, .. (byte[])(tls ? [0xFE, 0xFF] : [0xFE, 0xF7]), 45, 2, 0, 0xFF, 0x81, 21, .. new byte[10], .. "abcdefghijkl"u8, 0];
        return [(byte)payload.Length, 0, 0, 0, .. payload];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_greeting_of_mysql_says_whether_there_is_tls(bool tls)
    {
        var bytes = Greeting(tls);
        for (var cut = 0; cut < bytes.Length; cut++) Assert.Equal(ParseStatus.NeedMore, MySqlGreeting.TryRead(bytes.AsSpan(0, cut), out _));
        Assert.Equal(ParseStatus.Done, MySqlGreeting.TryRead(bytes, out var greeting));
        Assert.Equal(new MySqlGreeting(tls, false, bytes.Length), greeting);
    }

    [Fact]
    public void An_error_instead_of_a_greeting_is_told()
    {
        byte[] bytes = [9, 0, 0, 0, 0xFF, 0x6A, 4, .. "denied"u8];
        Assert.Equal(ParseStatus.Done, MySqlGreeting.TryRead(bytes, out var greeting));
        Assert.Equal(new MySqlGreeting(false, true, bytes.Length), greeting);
    }

    [Theory]
    [InlineData("220 mail.example ESMTP\r\n")]
    [InlineData("* OK IMAP4rev2\r\n")]
    [InlineData("+OK POP3\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    public void Banners_are_no_greeting_of_mysql(string banner) =>
        Assert.Equal(ParseStatus.Invalid, MySqlGreeting.TryRead(Encoding.ASCII.GetBytes(banner), out _));

    [Fact]
    public void A_request_of_mysql_is_told_from_a_login_in_clear()
    {
        byte[] request = [32, 0, 0, 1, 0x05, 0xAE, .. new byte[30]];
        for (var cut = 0; cut < request.Length; cut++) Assert.Equal(ParseStatus.NeedMore, MySqlOpenings.TryReadSslRequest(request.AsSpan(0, cut)));
        Assert.Equal(ParseStatus.Done, MySqlOpenings.TryReadSslRequest(request));
        Assert.Equal(ParseStatus.Invalid, MySqlOpenings.TryReadSslRequest([200]));
        Assert.Equal(ParseStatus.Invalid, MySqlOpenings.TryReadSslRequest([32, 0, 0, 1, 0x05, 0xA6]));
        Assert.Equal(ParseStatus.Invalid, MySqlOpenings.TryReadSslRequest([32, 0, 0, 2]));
    }

    private static byte[] PreLogin(byte type, params byte[] encryption)
    {
        byte[] payload = encryption.Length == 0
            ? [0, 0, 6, 0, 6, 0xFF, 9, 0, 0, 0, 0, 0]
            : [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 9, 0, 0, 0, 0, 0, .. encryption];
        return [type, 1, 0, (byte)(payload.Length + 8), 0, 0, 1, 0, .. payload];
    }

    [Theory]
    [InlineData(0, TdsEncryption.Off)]
    [InlineData(1, TdsEncryption.On)]
    [InlineData(2, TdsEncryption.NotSupported)]
    [InlineData(3, TdsEncryption.Required)]
    [InlineData(0x81, TdsEncryption.On)]
    public void A_prelogin_says_what_is_encrypted(byte value, object expected)
    {
        foreach (var type in new[] { TdsPreLogin.RequestType, TdsPreLogin.ResponseType })
        {
            var bytes = PreLogin(type, value);
            for (var cut = 0; cut < bytes.Length; cut++) Assert.Equal(ParseStatus.NeedMore, TdsPreLogin.TryRead(bytes.AsSpan(0, cut), type, out _));
            Assert.Equal(ParseStatus.Done, TdsPreLogin.TryRead((byte[])[.. bytes, 7], type, out var message));
            Assert.Equal(new TdsPreLogin((TdsEncryption)expected, bytes.Length), message);
        }
    }

    [Fact]
    public void A_prelogin_that_says_nothing_of_encryption_has_none()
    {
        Assert.Equal(ParseStatus.Done, TdsPreLogin.TryRead(PreLogin(TdsPreLogin.RequestType), TdsPreLogin.RequestType, out var message));
        Assert.Equal(TdsEncryption.NotSupported, message.Encryption);
    }

    [Theory]
    [InlineData("1000")]
    [InlineData("1200")]
    [InlineData("1201000800000100")]
    [InlineData("1201FFFF00000100")]
    [InlineData("1201000900000100FE")]
    [InlineData("1201000D0000010001001100FE")]
    public void What_is_no_prelogin_is_refused(string hex) =>
        Assert.Equal(ParseStatus.Invalid, TdsPreLogin.TryRead(Convert.FromHexString(hex), TdsPreLogin.RequestType, out _));

    [Theory]
    [InlineData("GET / HTTP/1.1", ClearProtocol.Http)]
    [InlineData("PRI * HTTP/2.0", ClearProtocol.Http)]
    [InlineData("SSH-2.0-x", ClearProtocol.Ssh)]
    [InlineData("*1\r\n", ClearProtocol.Redis)]
    [InlineData("PING\r\n", ClearProtocol.Redis)]
    [InlineData("EHLO x", ClearProtocol.Smtp)]
    [InlineData("\u0016\u0003", ClearProtocol.Tls)]
    [InlineData("\0", ClearProtocol.Postgres)]
    [InlineData("\u0012\u0001", ClearProtocol.Tds)]
    [InlineData("hello?", ClearProtocol.Unknown)]
    [InlineData("SSX", ClearProtocol.Unknown)]
    public void A_client_is_told_by_its_first_bytes_and_never_wrongly_before(string text, object expected)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        Assert.True(ClearProtocols.TryTellClient(bytes, out var protocol));
        Assert.Equal(expected, protocol);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            if (ClearProtocols.TryTellClient(bytes.AsSpan(0, cut), out var early)) Assert.Equal(expected, early);
        }
    }

    [Fact]
    public void Each_refusal_has_the_frame_of_its_protocol()
    {
        const string sentence = "set sslmode=require or higher";
        byte[] Write(ClearProtocol protocol, bool hasGreeting = false)
        {
            var words = new ArrayBufferWriter<byte>();
            ClearRefusal.Write(words, protocol, sentence, hasGreeting);
            return words.WrittenSpan.ToArray();
        }
        var postgres = Write(ClearProtocol.Postgres);
        Assert.Equal(postgres.Length - 1, BinaryPrimitives.ReadInt32BigEndian(postgres.AsSpan(1)));
        Assert.Equal($"SFATAL\0VFATAL\0C28000\0M{sentence}\0\0", Encoding.ASCII.GetString(postgres.AsSpan(5)));
        var early = Write(ClearProtocol.MySql);
        Assert.Equal([(byte)(early.Length - 4), 0, 0, 0, 0xFF], early[..5]);
        Assert.Equal(sentence, Encoding.ASCII.GetString(early.AsSpan(7)));
        var late = Write(ClearProtocol.MySql, hasGreeting: true);
        Assert.Equal([(byte)(late.Length - 4), 0, 0, 2, 0xFF], late[..5]);
        Assert.Equal("#HY000" + sentence, Encoding.ASCII.GetString(late.AsSpan(7)));
        var tds = Write(ClearProtocol.Tds);
        Assert.Equal(tds.Length, BinaryPrimitives.ReadUInt16BigEndian(tds.AsSpan(2)));
        Assert.Equal([4, 1], tds[..2]);
        Assert.Equal(0xAA, tds[8]);
        Assert.Equal(0xFD, tds[8 + 3 + BinaryPrimitives.ReadUInt16LittleEndian(tds.AsSpan(9))]);
        Assert.Contains(sentence, Encoding.Unicode.GetString(tds.AsSpan(19)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", Encoding.ASCII.GetString(Write(ClearProtocol.Http)), StringComparison.Ordinal);
        Assert.Equal($"-ERR {sentence}\r\n", Encoding.ASCII.GetString(Write(ClearProtocol.Redis)));
        Assert.Empty(Write(ClearProtocol.Unknown));
    }
}
