using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Detection;
using Xunit;

namespace Socks5Egress.Tests.Protocol;

public class ProtocolSnifferTests
{
    [Theory]
    [InlineData("\x05", SniffedProtocol.Socks5)]
    [InlineData("\x05\x01\x00", SniffedProtocol.Socks5)]
    [InlineData("\x04", SniffedProtocol.Socks4)]
    [InlineData("\x04\x01", SniffedProtocol.Socks4)]
    [InlineData("GET http://example.com/ HTTP/1.1\r\n", SniffedProtocol.Http)]
    [InlineData("CONNECT example.com:443 HTTP/1.1\r\n", SniffedProtocol.Http)]
    [InlineData("connect ", SniffedProtocol.Http)]
    [InlineData("M-SEARCH ", SniffedProtocol.Http)]
    [InlineData("12345678901234567890 ", SniffedProtocol.Http)]
    [InlineData("PR ", SniffedProtocol.Http)]
    [InlineData("PRIO ", SniffedProtocol.Http)]
    [InlineData("pri ", SniffedProtocol.Http)]
    [InlineData("SSH ", SniffedProtocol.Http)]
    [InlineData("", SniffedProtocol.NeedMore)]
    [InlineData("G", SniffedProtocol.NeedMore)]
    [InlineData("CONNECT", SniffedProtocol.NeedMore)]
    [InlineData("PRI", SniffedProtocol.NeedMore)]
    [InlineData("SSH", SniffedProtocol.NeedMore)]
    [InlineData("12345678901234567890", SniffedProtocol.NeedMore)]
    [InlineData("123456789012345678901", SniffedProtocol.Http)]
    [InlineData("123456789012345678901 ", SniffedProtocol.Http)]
    [InlineData("\r", SniffedProtocol.NeedMore)]
    [InlineData("\r\n", SniffedProtocol.Http)]
    [InlineData("\rG", SniffedProtocol.Unknown)]
    [InlineData("\n", SniffedProtocol.Unknown)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SniffedProtocol.Unknown)]
    [InlineData("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", SniffedProtocol.Unknown)]
    [InlineData("SSH-2.0-x y\r\n", SniffedProtocol.Unknown)]
    [InlineData("SSH-2.0-Go\r\n", SniffedProtocol.Unknown)]
    [InlineData("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", SniffedProtocol.Unknown)]
    [InlineData("\x00\x00\x00\x08\x04\xD2\x16\x2F", SniffedProtocol.Unknown)]
    [InlineData(" GET / HTTP/1.1", SniffedProtocol.Unknown)]
    [InlineData("\r\nGET / HTTP/1.1", SniffedProtocol.Http)]
    [InlineData("GET\t/", SniffedProtocol.Unknown)]
    [InlineData("GET\r\n", SniffedProtocol.Unknown)]
    [InlineData("\x06", SniffedProtocol.Unknown)]
    [InlineData("\xFF", SniffedProtocol.Unknown)]
    public void The_first_bytes_name_the_protocol(string text, object protocol)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        Assert.Equal(protocol, ProtocolSniffer.Sniff(Segments.Whole(bytes)));
        Assert.Equal(protocol, ProtocolSniffer.Sniff(Segments.Single(bytes)));
    }

    [Fact]
    public void Once_told_more_bytes_change_nothing()
    {
        foreach (var text in new[] { "\x05\x02", "\x04\x01", "GET http://a/ HTTP/1.1", "PRI * HTTP/2.0\r\n", "SSH-2.0-OpenSSH_9.2 Debian", "\x16\x03" })
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            var seen = Enumerable.Range(0, bytes.Length + 1).Select(end => ProtocolSniffer.Sniff(Segments.Whole(bytes.AsMemory(0, end)))).ToList();
            var told = seen.SkipWhile(protocol => protocol == SniffedProtocol.NeedMore).Distinct();
            Assert.Single(told);
        }
    }

    [Theory]
    [InlineData(7230)]
    [InlineData(9113)]
    public void The_sniffer_agrees_with_a_rule_that_looks_at_one_byte_after_the_other(int seed)
    {
        const string letters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        string[] starts = ["", "PRI", "SSH", "SSH-", "GET", "\x05", "\x04", "\x16\x03\x01", "OPTIONS"];
        var random = new Random(seed);
        var met = new HashSet<SniffedProtocol>();
        for (int i = 0; i < 20_000; i++)
        {
            var text = starts[random.Next(starts.Length)];
            for (int length = random.Next(24); length > 0; length--)
                text += random.Next(12) switch { 0 => ' ', 1 => (char)random.Next(256), _ => letters[random.Next(letters.Length)] };

            var expected = Rule(text);
            met.Add(expected);
            var actual = ProtocolSniffer.Sniff(Segments.Whole(Encoding.Latin1.GetBytes(text)));
            Assert.True(expected == actual, $"\"{text}\": {actual}, the rule says {expected}");
        }

        Assert.Equal(5, met.Count);

        static SniffedProtocol Rule(string text)
        {
            if (text.StartsWith('\x05')) return SniffedProtocol.Socks5;
            if (text.StartsWith('\x04')) return SniffedProtocol.Socks4;
            if (text.StartsWith("SSH-", StringComparison.Ordinal)) return SniffedProtocol.Unknown;
            if (text.StartsWith('\r')) return text.Length == 1 ? SniffedProtocol.NeedMore : text[1] == '\n' ? SniffedProtocol.Http : SniffedProtocol.Unknown;
            for (int i = 0; i < text.Length; i++)
            {
                if (text[i] == ' ') return i is >= 1 and <= 20 && text[..i] != "PRI" ? SniffedProtocol.Http : SniffedProtocol.Unknown;
                if (!letters.Contains(text[i])) return SniffedProtocol.Unknown;
                if (i == 20) return SniffedProtocol.Http;
            }

            return SniffedProtocol.NeedMore;
        }
    }
}
