using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.ProxyProtocol;
using Xunit;

namespace Socks5Egress.Tests.Protocol.ProxyProtocol;

public partial class ProxyHeaderV1Tests
{
    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 51000 1080\r\n", "192.0.2.1:51000", "198.51.100.7:1080")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 51000 1080\r\n", "[2001:db8::1]:51000", "[::1]:1080")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::1 51000 1080\r\n", "192.0.2.1:51000", "[::1]:1080")]
    [InlineData("PROXY TCP6 FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    public void The_end_points_are_read(string line, string source, string destination) =>
        ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, Encoding.ASCII.GetBytes(line), header =>
        {
            Assert.Equal(source, header.ToSource()?.ToString());
            Assert.Equal(destination, header.ToDestination()?.ToString());
        });

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN \r\n")]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n")]
    [InlineData("PROXY UNKNOWN what ever\r\n")]
    public void UNKNOWN_names_nobody(string line) =>
        ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, Encoding.ASCII.GetBytes(line), header =>
        {
            Assert.Null(header.ToSource());
            Assert.Null(header.ToDestination());
        });

    [Theory]
    [InlineData("PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", ParseFault.AddressType)]
    [InlineData("PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n", ParseFault.AddressType)]
    [InlineData("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", ParseFault.AddressType)]
    [InlineData("PROXY UNKNOWNS\r\n", ParseFault.AddressType)]
    [InlineData("PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n", ParseFault.AddressType)]
    [InlineData("PROXY \r\n", ParseFault.AddressType)]
    [InlineData("PROXY TCP4\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4\t1.2.3.4 1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 ::1 ::1 1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP6 fe80::1%lo ::1 1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n", ParseFault.Syntax)]
    [InlineData("PROXY TCP4 1.2.3.4\0 1.2.3.4 1 2\r\n", ParseFault.Syntax)]
    [InlineData("PROXY \n", ParseFault.Syntax)]
    public void A_broken_line_is_refused_at_its_end(string line, object fault)
    {
        var bytes = Encoding.ASCII.GetBytes(line);
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, [.. bytes, 5, 1, 0], bytes.Length, (ParseFault)fault);
    }

    [Theory]
    [InlineData("\x05", 1)]
    [InlineData("GET ", 1)]
    [InlineData("PRI * HTTP/2.0", 2 + 1)]
    [InlineData("PROXY\t", 6)]
    [InlineData("proxy ", 1)]
    public void Anything_else_is_refused_at_the_first_byte_that_differs(string text, int length) =>
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Encoding.ASCII.GetBytes(text), length, ParseFault.Syntax);

    [Fact]
    public void A_line_may_be_107_bytes_and_not_more()
    {
        var longest = "PROXY UNKNOWN ".PadRight(105, 'x');
        ReaderContract.Reads<ProxyHeader>(ProxyHeader.Read, Encoding.ASCII.GetBytes(longest + "\r\n"), header => Assert.Null(header.ToSource()));
        ReaderContract.Refuses<ProxyHeader>(ProxyHeader.Read, Encoding.ASCII.GetBytes(longest + "x\r\n"), 107, ParseFault.TooLarge);
    }

    [Theory]
    [InlineData("192.0.2.1", "198.51.100.7", "PROXY TCP4 192.0.2.1 198.51.100.7 51000 1080\r\n")]
    [InlineData("::ffff:192.0.2.1", "198.51.100.7", "PROXY TCP4 192.0.2.1 198.51.100.7 51000 1080\r\n")]
    [InlineData("fe80::1%3", "2001:db8::7", "PROXY TCP6 fe80::1 2001:db8::7 51000 1080\r\n")]
    [InlineData("192.0.2.1", "2001:db8::7", "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::7 51000 1080\r\n")]
    public void A_header_is_written_in_one_family(string source, string target, string line)
    {
        var bytes = new byte[ProxyHeaderV1.MaxLength];
        var length = ProxyHeaderV1.Write(bytes, new IPEndPoint(IPAddress.Parse(source), 51000), new IPEndPoint(IPAddress.Parse(target), 1080));
        Assert.Equal(line, Encoding.ASCII.GetString(bytes, 0, length));
    }

    [Fact]
    public void A_connection_of_our_own_is_UNKNOWN()
    {
        var bytes = new byte[ProxyHeaderV1.MaxLength];
        Assert.Equal("PROXY UNKNOWN\r\n", Encoding.ASCII.GetString(bytes, 0, ProxyHeaderV1.Write(bytes, null, null)));
    }

    [GeneratedRegex(@"\A(?<word>[^ ]*)( (?<word>[^ ]*))*\z", RegexOptions.Singleline)]
    private static partial Regex Words();

    [Fact]
    public void The_reader_agrees_with_a_rule_on_words() => SlowRule.Agrees<ProxyHeader>(
        ProxyHeaderV1.Read,
        header => $"{header.ToSource()} {header.ToDestination()}",
        bytes =>
        {
            var text = Encoding.Latin1.GetString(bytes);
            var start = text[..Math.Min(text.Length, 6)];
            if (!"PROXY ".StartsWith(start, StringComparison.Ordinal)) return Outcome.Invalid(ParseFault.Syntax);
            if (start.Length < 6) return Outcome.NeedMore;
            var end = text.IndexOf('\n', StringComparison.Ordinal);
            if (end is < 0 or >= 107) return text.Length < 107 ? Outcome.NeedMore : Outcome.Invalid(ParseFault.TooLarge);
            if (text[end - 1] != '\r') return Outcome.Invalid(ParseFault.Syntax);
            var words = Words().Match(text[..(end - 1)]).Groups["word"].Captures.Select(capture => capture.Value).ToArray();
            if (words[1] == "UNKNOWN") return Outcome.Done(end + 1, " ");
            if (words[1] is not ("TCP4" or "TCP6")) return Outcome.Invalid(ParseFault.AddressType);
            var ports = words.Skip(4).Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                && port.ToString(CultureInfo.InvariantCulture) == word && port < 65536 ? port : -1).ToArray();
            if (words.Length != 6 || ports.Contains(-1)) return Outcome.Invalid(ParseFault.Syntax);
            var addresses = words[2..4].Select(word => IPAddress.TryParse(word, out var address)
                && AddressLiteralSlowRuleTests.IsLiteral(word, words[1] == "TCP6") ? address : null).ToArray();
            if (addresses.Contains(null)) return Outcome.Invalid(ParseFault.Syntax);
            var ends = addresses.Zip(ports, (address, port) => new IPEndPoint(address!.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port));
            return Outcome.Done(end + 1, string.Join(' ', ends));
        },
        [.. "PROXY TCP4 192.0.2.1 198.51.100.7 51000 1080\r\n"u8],
        [.. "PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 65535 0\r\n"u8],
        [.. "PROXY UNKNOWN\r\n"u8],
        [.. "PROXY UNKNOWN 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4\r\n"u8]);
}
