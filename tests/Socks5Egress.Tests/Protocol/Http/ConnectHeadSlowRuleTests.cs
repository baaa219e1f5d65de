using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

/// <summary>The CONNECT reader against the grammar of RFC 9112 as regular expressions on the split text.</summary>
public partial class ConnectHeadSlowRuleTests
{
    private const string Tchar = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
    private const string Host = @"(\[(?<six>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9._~!$&'()*+,;=-]{1,255}))";
    private const string Port = "(?<port>0|[1-9][0-9]{0,4})";

    [GeneratedRegex(@"\ACONNECT " + Host + ":" + Port + @" HTTP/1\.(?<minor>[01])\r\z")]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"\A(" + Host + "(:" + Port + @")?)?\z")]
    private static partial Regex HostValue();

    [GeneratedRegex(@"\A(?<name>" + Tchar + @"+):[ \t]*(?<value>([\t -~\x80-\xFF]*[!-~\x80-\xFF])?)[ \t]*\r\z")]
    private static partial Regex Field();

    [Fact]
    public void The_reader_agrees() => SlowRule.Agrees<ConnectHead>(
        ConnectHead.Read,
        head => head.IsConnect ? $"{Text(head.Host)} {head.Port} {Text(head.ProxyAuthorization)}" : "another method",
        bytes => Rule(Encoding.Latin1.GetString(bytes)),
        [
            .. new[]
            {
                "CONNECT db.example.com:5432 HTTP/1.1\r\nHost: db.example.com:5432\r\n\r\n",
                "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost:[2001:db8::1]:443\r\nProxy-Authorization: Basic YTpi\r\n\r\n",
                "CONNECT 192.0.2.1:65535 HTTP/1.0\r\n\r\n",
                "CONNECT h:1 HTTP/1.0\r\nX: \ty \r\nProxy-Authorization:\r\nUser-Agent: a/1 (b)\r\n\r\n",
                "CONNECT h:1 HTTP/1.1\r\nHost:\r\nHost: h\r\n\r\n",
                "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
                ":@/?#%\0\r\n \t[]",
            }.Select(Encoding.Latin1.GetBytes),
        ]);

    private static Outcome Rule(string text)
    {
        const string method = "CONNECT ";
        if (method.StartsWith(text, StringComparison.Ordinal) && text.Length < method.Length) return Outcome.NeedMore;
        if (!text.StartsWith(method, StringComparison.Ordinal)) return Outcome.Done(0, "another method");

        var lines = text.Split('\n');
        if (lines.Length == 1) return Outcome.NeedMore;
        var request = RequestLine().Match(lines[0]);
        if (!request.Success || !IsLegal(request)) return Outcome.Invalid(ParseFault.Syntax);

        int hosts = 0;
        string? authorization = null;
        for (int i = 1; i < lines.Length - 1; i++)
        {
            if (lines[i] == "\r")
            {
                if (hosts == 0 && request.Groups["minor"].Value == "1") return Outcome.Invalid(ParseFault.Syntax);
                var host = request.Groups["six"].Success ? request.Groups["six"].Value : request.Groups["name"].Value;
                var consumed = lines[..(i + 1)].Sum(line => line.Length + 1);
                return Outcome.Done(consumed, $"{host} {int.Parse(request.Groups["port"].Value, null)} {authorization ?? "none"}");
            }

            var field = Field().Match(lines[i]);
            if (!field.Success) return Outcome.Invalid(ParseFault.Syntax);
            var value = field.Groups["value"].Value;
            switch (field.Groups["name"].Value.ToUpperInvariant())
            {
                case "HOST" when ++hosts > 1 || !HostValue().IsMatch(value) || !IsLegal(HostValue().Match(value)):
                case "PROXY-AUTHORIZATION" when authorization is not null:
                    return Outcome.Invalid(ParseFault.Syntax);
                case "PROXY-AUTHORIZATION":
                    authorization = value;
                    break;
            }
        }

        return Outcome.NeedMore;
    }

    private static bool IsLegal(Match authority) =>
        (!authority.Groups["port"].Success || int.Parse(authority.Groups["port"].Value, null) < 65536)
        && (!authority.Groups["six"].Success || AddressLiteralSlowRuleTests.IsIPv6(authority.Groups["six"].Value));

    private static string Text(ReadOnlySequence<byte>? bytes) => bytes is { } value ? Encoding.Latin1.GetString(value) : "none";
}
