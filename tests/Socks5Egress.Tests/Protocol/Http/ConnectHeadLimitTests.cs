using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

public class ConnectHeadLimitTests
{
    private const string Start = "CONNECT h:1 HTTP/1.0\r\n";

    [Fact]
    public void A_name_of_255_bytes_is_read_and_one_of_256_is_not()
    {
        Assert.Equal(ParseStatus.Done, Read($"CONNECT {new string('n', 255)}:1 HTTP/1.0\r\n\r\n").Status);
        Assert.Equal(ParseFault.Syntax, Read($"CONNECT {new string('n', 256)}:1 HTTP/1.0\r\n\r\n").Fault);
    }

    [Fact]
    public void A_request_line_of_more_than_8_KiB_is_too_long()
    {
        var longest = "CONNECT ".PadRight(8192, 'n');
        Assert.Equal((ParseStatus.NeedMore, ParseFault.None), Outcome(longest + "\r"));
        Assert.Equal((ParseStatus.Invalid, ParseFault.Syntax), Outcome(longest + "\r\n"));
        Assert.Equal((ParseStatus.Invalid, ParseFault.LineTooLong), Outcome(longest + "n\r"));
        Assert.Equal((ParseStatus.Invalid, ParseFault.LineTooLong), Outcome(longest + "n\r\n\r\n"));
    }

    [Fact]
    public void A_field_line_of_8_KiB_is_read_and_a_longer_one_is_too_large()
    {
        var longest = "X:".PadRight(8192, 'v');
        Assert.Equal((ParseStatus.Done, ParseFault.None), Outcome(Start + longest + "\r\n\r\n"));
        Assert.Equal((ParseStatus.NeedMore, ParseFault.None), Outcome(Start + longest + "\r"));
        Assert.Equal((ParseStatus.Invalid, ParseFault.TooLarge), Outcome(Start + longest + "v\r"));
    }

    [Fact]
    public void A_head_of_16_KiB_is_read_and_a_longer_one_is_too_large()
    {
        var field = "X:".PadRight(4094, 'v') + "\r\n";
        var head = Start + field + field + field;
        var rest = ConnectHead.MaxLength - head.Length;
        var longest = head + "Y:".PadRight(rest - 4, 'v') + "\r\n\r\n";
        Assert.Equal(ConnectHead.MaxLength, longest.Length);
        Assert.Equal((ParseStatus.Done, ParseFault.None), Outcome(longest));
        Assert.Equal((ParseStatus.Done, ParseFault.None), Outcome(longest + "payload"));
        Assert.Equal((ParseStatus.NeedMore, ParseFault.None), Outcome(longest[..^1]));
        Assert.Equal((ParseStatus.Invalid, ParseFault.TooLarge), Outcome(longest[..^4] + "v\r\n\r"));
        Assert.Equal((ParseStatus.Invalid, ParseFault.TooLarge), Outcome(longest[..^4] + "v\r\n\r\n"));
    }

    [Fact]
    public void A_hundred_fields_are_read_and_one_more_is_too_large()
    {
        var hundred = Start + string.Concat(Enumerable.Repeat("X: y\r\n", 100));
        Assert.Equal((ParseStatus.Done, ParseFault.None), Outcome(hundred + "\r\n"));
        Assert.Equal((ParseStatus.NeedMore, ParseFault.None), Outcome(hundred + "X: y\r"));
        Assert.Equal((ParseStatus.Invalid, ParseFault.TooLarge), Outcome(hundred + "X: y\r\n"));
    }

    private static (ParseStatus, ParseFault) Outcome(string text) => (Read(text).Status, Read(text).Fault);

    private static Parsed<ConnectHead> Read(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var whole = ConnectHead.Read(Segments.Whole(bytes));
        var cut = ConnectHead.Read(Segments.CutAt(bytes, bytes.Length / 3, bytes.Length / 2));
        Assert.Equal((whole.Status, whole.Fault), (cut.Status, cut.Fault));
        return whole;
    }
}
