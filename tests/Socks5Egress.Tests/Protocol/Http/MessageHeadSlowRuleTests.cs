using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

/// <summary>
/// The readers of forwarded heads against the grammar of RFC 9112 as regular expressions on the split text. Why a head is refused is not compared, but
/// that it is, what else it says, and where it ends.
/// </summary>
public partial class MessageHeadSlowRuleTests
{
    private const string Tchar = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
    private const string Value = @"[ \t]*(?<value>([\t -~\x80-\xFF]*[!-~\x80-\xFF])?)[ \t]*\r\z";
    private const string Host = @"(\[(?<six>[0-9A-Fa-f:.]+)\]|[A-Za-z0-9._~!$&'()*+,;=-]{1,255})";

    private static readonly byte[][] Requests =
    [
        .. new[]
        {
            "GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "POST http://a/ HTTP/1.1\r\nHost: a:80\r\nContent-Length: 12\r\nX: \ty \r\n\r\n",
            "PUT http://[::1]:80/ HTTP/1.1\r\nhost:[::1]\r\nTransfer-Encoding: chunked\r\nConnection: close, te\r\nTE: trailers\r\n\r\n",
            "\r\n\r\nOPTIONS * HTTP/1.0\r\nMax-Forwards: 1\r\n\r\n",
            "M-SEARCH http://a/ HTTP/1.0\r\nProxy-Authorization: Basic YTpi\r\nExpect: 100-Continue\r\n\r\n",
            ":@/?#%\0\r\n \t[],5chunked",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    private static readonly byte[][] Answers =
    [
        .. new[]
        {
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200\r\nContent-Length: 5, 5\r\nContent-Length : 5\r\n\r\n",
            "HTTP/1.0 404 Not \u00e9 \u0001 Found\r\nX:\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 103 Early\r\nLink: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n",
            ":@/?#%\0\r\n \t[],5chunked",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    [Fact]
    public void The_reader_of_requests_agrees() => SlowRule.Agrees<RequestHead>(
        (in ReadOnlySequence<byte> buffer) => Plain(RequestHead.Read(buffer)),
        head => $"{head.Method} {head.Target} {head.IsHttp11} {head.Body} {head.Closes} {head.ProxyAuthorization} {head.ExpectsUnknown}",
        bytes => RuleOfRequests(Encoding.Latin1.GetString(bytes)),
        Requests);

    [Fact]
    public void The_reader_of_answers_agrees() => SlowRule.Agrees<ResponseHead>(
        (in ReadOnlySequence<byte> buffer) => Plain(ResponseHead.Read(buffer)),
        head => $"{head.Status} {head.Reason} {head.IsHttp11} {head.BodyOf(false)} {head.Closes}",
        bytes => RuleOfAnswers(Encoding.Latin1.GetString(bytes)),
        Answers);

    [GeneratedRegex(@"\A(?<method>" + Tchar + @"{1,20}) (?<target>[!-~]+) HTTP/1\.(?<minor>[01])\r\z")]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"\A" + Tchar + "{21}")]
    private static partial Regex LongMethod();

    [GeneratedRegex(@"\AHTTP/1\.(?<minor>[0-9]) (?<status>[1-9][0-9][0-9])( (?<reason>[^\n]*))?\r\z")]
    private static partial Regex StatusLine();

    [GeneratedRegex(@"\A(?<name>" + Tchar + "+):" + Value)]
    private static partial Regex Field();

    [GeneratedRegex(@"\A(?<name>" + Tchar + @"+)[ \t]*:" + Value)]
    private static partial Regex LooseField();

    [GeneratedRegex(@"\A(" + Host + @"(:(?<port>0|[1-9][0-9]{0,4}))?)?\z")]
    private static partial Regex HostValue();

    [GeneratedRegex(@"\A[0-9]{1,19}\z")]
    private static partial Regex Number();

    private static Outcome RuleOfRequests(string text)
    {
        var start = 0;
        while (text.AsSpan(start).StartsWith("\r\n", StringComparison.Ordinal)) start += 2;
        if (LongMethod().IsMatch(text[start..])) return Refused;
        var lines = text[start..].Split('\n');
        if (lines.Length == 1) return Outcome.NeedMore;
        var line = RequestLine().Match(lines[0]);
        if (!line.Success) return Refused;
        var isHttp11 = line.Groups["minor"].Value == "1";
        var fields = new List<(string Name, string Value, int At)>();
        if (Fields(lines, Field(), fields, start) is not { } end) return fields.Any(IsWrong) || Repeats(fields) ? Refused : Outcome.NeedMore;
        if (end < 0 || fields.Any(IsWrong) || Repeats(fields)) return Refused;
        var hosts = All(fields, "host");
        var coding = All(fields, "transfer-encoding").Count > 0;
        if ((isHttp11 && hosts.Count == 0) || (coding && !isHttp11)) return Refused;
        var body = coding ? BodyFraming.Chunked : All(fields, "content-length") is [var length] ? BodyFraming.Of(long.Parse(length, null)) : BodyFraming.None;
        var closes = !isHttp11 || Closes(fields);
        Range? authorization = fields.Where(field => field.Name == "proxy-authorization").Select(field => (Range?)(field.At..(field.At + field.Value.Length))).FirstOrDefault();
        var unknown = All(fields, "expect").Any(value => !value.Equals("100-continue", StringComparison.OrdinalIgnoreCase));
        var method = start..(start + line.Groups["method"].Length);
        var target = (method.End.Value + 1)..(method.End.Value + 1 + line.Groups["target"].Length);
        return Outcome.Done(end, $"{method} {target} {isHttp11} {body} {closes} {authorization} {unknown}");
    }

    private static Outcome RuleOfAnswers(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length == 1) return Outcome.NeedMore;
        var line = StatusLine().Match(lines[0]);
        if (!line.Success) return Refused;
        var isHttp11 = line.Groups["minor"].Value != "0";
        var fields = new List<(string Name, string Value, int At)>();
        var end = Fields(lines, LooseField(), fields, 0);
        if (end < 0 || IsBadFraming(fields)) return Refused;
        if (end is null) return Outcome.NeedMore;
        var coding = All(fields, "transfer-encoding").Count > 0;
        if (coding && !isHttp11) return Refused;
        var status = int.Parse(line.Groups["status"].Value, null);
        var lengths = All(fields, "content-length");
        var body = status is < 200 or 204 or 304 ? BodyFraming.None
            : coding ? BodyFraming.Chunked
            : lengths.Count > 0 ? BodyFraming.Of(long.Parse(lengths[0].Split(',')[0].Trim(' ', '\t'), null)) : BodyFraming.UntilClose;
        var reason = line.Groups["reason"];
        var from = reason.Success ? reason.Index : lines[0].Length - 1;
        return Outcome.Done(end.Value, $"{status} {from..(from + reason.Length)} {isHttp11} {body} {!isHttp11 || Closes(fields)}");
    }

    /// <summary>Reads field lines. Where the head ends; below 0: a line is none; null: it does not end here.</summary>
    private static int? Fields(string[] lines, Regex grammar, List<(string Name, string Value, int At)> fields, int start)
    {
        var at = start + lines[0].Length + 1;
        for (var i = 1; i < lines.Length - 1; i++)
        {
            if (lines[i] == "\r") return at + 2;
            var field = grammar.Match(lines[i]);
            if (!field.Success) return -1;
            fields.Add((field.Groups["name"].Value.ToLowerInvariant(), field.Groups["value"].Value, at + field.Groups["value"].Index));
            at += lines[i].Length + 1;
        }
        return null;
    }

    private static bool IsWrong((string Name, string Value, int At) field) => field.Name switch
    {
        "host" => !HostValue().IsMatch(field.Value) || !IsLegal(HostValue().Match(field.Value)),
        "content-length" => !Number().IsMatch(field.Value) || !long.TryParse(field.Value, out _),
        "transfer-encoding" => !field.Value.Equals("chunked", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static bool Repeats(List<(string Name, string Value, int At)> fields) =>
        All(fields, "host").Count > 1 || All(fields, "content-length").Count + All(fields, "transfer-encoding").Count > 1
        || All(fields, "proxy-authorization").Count > 1 || All(fields, "max-forwards").Count > 1;

    private static bool IsBadFraming(List<(string Name, string Value, int At)> fields)
    {
        var codings = All(fields, "transfer-encoding");
        var lengths = All(fields, "content-length");
        if (codings.Count > 1 || (codings.Count == 1 && lengths.Count > 0) || codings.Any(coding => !coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))) return true;
        // A comma behind the last element adds none
        string[] elements = [.. lengths.SelectMany(list => (list.EndsWith(',') ? list[..^1] : list).Split(',')).Select(element => element.Trim(' ', '\t'))];
        return elements.Any(element => !Number().IsMatch(element) || !long.TryParse(element, out _)) || elements.Select(element => long.Parse(element, null)).Distinct().Count() > 1;
    }

    private static bool Closes(List<(string Name, string Value, int At)> fields) =>
        All(fields, "connection").SelectMany(list => list.Split(',')).Any(option => option.Trim(' ', '\t').Equals("close", StringComparison.OrdinalIgnoreCase));

    private static List<string> All(List<(string Name, string Value, int At)> fields, string name) => [.. fields.Where(field => field.Name == name).Select(field => field.Value)];

    private static bool IsLegal(Match authority) =>
        (!authority.Groups["port"].Success || int.Parse(authority.Groups["port"].Value, null) < 65536)
        && (!authority.Groups["six"].Success || AddressLiteralSlowRuleTests.IsIPv6(authority.Groups["six"].Value));

    private static Outcome Refused => Outcome.Invalid(ParseFault.Syntax);

    private static Parsed<T> Plain<T>(Parsed<T> parsed)
        where T : struct => parsed.Status == ParseStatus.Invalid ? Parsed<T>.Invalid(ParseFault.Syntax) : parsed;
}
