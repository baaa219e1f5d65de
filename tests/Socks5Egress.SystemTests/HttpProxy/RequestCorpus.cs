using System.Text;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>What is expected of a message: whole at its origin with an answer to it, or a status of the gateway's own.</summary>
/// <param name="Family">What it is about.</param>
/// <param name="Section">Where the RFC says so: 9112 without a number in front.</param>
/// <param name="Text">Latin-1; ORIGIN is the first origin, OTHER the second, ID is unique.</param>
/// <param name="Status">200: the origin's answer; else the refusal, behind which nothing is served.</param>
internal sealed record RequestCase(string Family, string Section, string Text, string Status)
{
    /// <summary>The request behind it on the same connection, for the second origin.</summary>
    public const string Next = "GET http://OTHER/ID-next HTTP/1.1\r\nHost: x\r\n\r\n";

    public override string ToString() => $"{Family} ({Section}) {Status}: {Text.Replace("\r", "\\r").Replace("\n", "\\n").Replace("\0", "\\0")}";
}

/// <summary>Requests by family, each with what it has to come to. The text of a case is what matters; most are made from lists of spellings.</summary>
internal static class RequestCorpus
{
    private const string Line = "POST http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n";
    private const string Chunks = "5\r\nhello\r\n0\r\n\r\n";
    private const string Bait = "GET http://OTHER/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

    public static IReadOnlyList<RequestCase> All { get; } =
    [
        .. Codings(), .. Lengths(), .. Lines(), .. Fields(), .. Controls(), .. Bodies(), .. Trailers(), .. Versions(), .. Targets(), .. Hosts(), .. Methods(), .. Rest(),
        .. RequestTables.All(),
    ];

    private static IEnumerable<RequestCase> Codings()
    {
        foreach (var coding in new[] { "chunked", "Chunked", "CHUNKED", " \tchunked", "chunked \t" })
            yield return new("coding", "7", Line + $"Transfer-Encoding:{coding}\r\n\r\n" + Chunks, "200");
        string[] refused =
        [
            "gzip", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,", ",chunked", "\"chunked\"", "chunked;q=1", "xchunked", "chunkedx", "chunke",
            "", " ", "\vchunked", "chunked\v", "chunked\0", "\u00a0chunked", "chunked\u00a0", "chunked\f", "c hunked", "deflate", "compress", "x", "trailers",
        ];
        foreach (var coding in refused) yield return new("coding", "6.1", Line + $"Transfer-Encoding: {coding}\r\n\r\n" + Chunks + Bait, "400");
        foreach (var name in new[] { "Transfer-Encoding ", "Transfer-Encoding\t", " Transfer-Encoding", "Transfer\0Encoding", "Transfer-Encoding\u00a0" })
            yield return new("coding", "5.1", Line + $"{name}: chunked\r\n\r\n" + Chunks + Bait, "400");
        yield return new("coding", "6.3", Line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks, "400");
        yield return new("coding", "6.3", Line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + Chunks, "400");
        yield return new("coding", "6.1", Line + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + Chunks + Bait, "400");
        yield return new("coding", "6.1", Line + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks + Bait, "400");
        yield return new("coding", "6.1", Line + "Transfer-Encoding:\r\n chunked\r\n\r\n" + Chunks, "400");
        yield return new("coding", "6.1", Line + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + Chunks, "400");
    }

    private static IEnumerable<RequestCase> Lengths()
    {
        foreach (var length in new[] { "5", " 5 ", "\t5\t", "05", "0000000000000000005" }) yield return new("length", "6.2", Line + $"Content-Length:{length}\r\n\r\nhello", "200");
        string[] refused =
        [
            "+5", "-5", "5 5", "5,5", "5, 5", "5,6", "0x5", "5.0", "", " ", "five", "5;", "5\0", "\v5", "5\v", "5e0", "\u00b2", "5\u00a0", "99999999999999999999",
            "999999999999999999999", "9223372036854775808", "18446744073709551621", "00000000000000000000000000000000000005", "\"5\"", "5_0", "0b101", "NaN", "5,", ",5",
        ];
        foreach (var length in refused) yield return new("length", "6.2", Line + $"Content-Length: {length}\r\n\r\nhello" + Bait, "400");
        yield return new("length", "6.3", Line + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "400");
        yield return new("length", "6.3", Line + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + Bait, "400");
        yield return new("length", "6.3", Line + "Content-Length: 0\r\ncontent-length: 5\r\n\r\nhello" + Bait, "400");
        yield return new("length", "6.3", Line + "Content-Length: 0\r\n\r\n", "200");
        yield return new("length", "6.3", Line + "\r\n", "200");
        foreach (var name in new[] { "Content-Length ", "Content-Length\t", " Content-Length", "Content_Length ", "Content-Length\0" })
            yield return new("length", "5.1", Line + $"{name}: 5\r\n\r\nhello" + Bait, "400");
    }

    private static IEnumerable<RequestCase> Lines()
    {
        const string whole = Line + "X: a\r\nContent-Length: 5\r\n\r\nhello";
        var head = whole[..whole.IndexOf("hello", StringComparison.Ordinal)];
        for (var at = head.IndexOf("\r\n", StringComparison.Ordinal); at >= 0; at = head.IndexOf("\r\n", at + 2, StringComparison.Ordinal))
        {
            yield return new("line end", "2.2", whole.Remove(at, 1) + Bait, "400");
            yield return new("line end", "2.2", whole.Remove(at + 1, 1).Insert(at + 1, "X") + "\r\n\r\n" + Bait, "400");
            yield return new("line end", "2.2", whole.Insert(at, "\r") + Bait, "400");
        }
        foreach (var empty in new[] { "\r\n", "\r\n\r\n", "\r\n\r\n\r\n\r\n" }) yield return new("line end", "2.2", empty + whole, "200");
        foreach (var none in new[] { "\n", "\r\n\n", "\r\r\n", " \r\n", "\0\r\n" }) yield return new("line end", "2.2", Line + "\r\n" + none + Bait, "200 400");
        yield return new("folded", "5.2", Line + "X: a\r\n b\r\n\r\n" + Bait, "400");
        yield return new("folded", "5.2", Line + "X: a\r\n\tb\r\n\r\n" + Bait, "400");
        yield return new("folded", "2.2", "POST http://ORIGIN/ID HTTP/1.1\r\n X: a\r\nHost: x\r\n\r\n" + Bait, "400");
        yield return new("folded", "5.2", Line + "X: a\r\n \r\n\r\n" + Bait, "400");
        yield return new("folded", "5.1", Line + "X:\r\nY: \r\nZ:\t\r\n\r\n", "200");
    }

    private static IEnumerable<RequestCase> Fields()
    {
        foreach (var name in new[] { "X Y", "X\t", " X", "", "X(", "X)", "X,", "X/", "X;", "X<", "X=", "X>", "X?", "X@", "X[", "X\\", "X]", "X{", "X}", "X\"", "H\u00f6st", "X\u007f" })
            yield return new("field name", "5.1", Line + $"{name}: a\r\n\r\n" + Bait, "400");
        foreach (var name in new[] { "!#$%&'*+-.^_`|~", "x", "X-0", new string('x', 200) }) yield return new("field name", "9110 5.1", Line + $"{name}: a\r\n\r\n", "200");
        yield return new("field name", "5", Line + "no colon\r\n\r\n" + Bait, "400");
        yield return new("fields", "9110 5.4", Line + string.Concat(Enumerable.Repeat("X: a\r\n", 99)) + "\r\n", "200");
        yield return new("fields", "9110 5.4", Line + string.Concat(Enumerable.Repeat("X: a\r\n", 100)) + "\r\n" + Bait, "431");
    }

    private static IEnumerable<RequestCase> Controls()
    {
        for (var control = 0; control < 0x20; control++)
        {
            if (control is '\t' or '\n') continue;
            yield return new("control", "9110 5.5", Line + $"X: a{(char)control}b\r\n\r\n" + Bait, "400");
            yield return new("control", "3", $"POST http://ORIGIN/ID{(char)control} HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "400");
        }
        yield return new("control", "9110 5.5", Line + "X: a\u007fb\r\n\r\n" + Bait, "400");
        yield return new("control", "9110 5.5", Line + "X: a\tb \u0080\u00e9\u00ff\r\n\r\n", "200");
    }

    private static IEnumerable<RequestCase> Bodies()
    {
        const string head = Line + "Transfer-Encoding: chunked\r\n\r\n";
        string[] whole =
        [
            "0\r\n\r\n", "00000\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "005\r\nhello\r\n0\r\n\r\n", "5;a\r\nhello\r\n0\r\n\r\n", "5 ;a=b\r\nhello\r\n0;x\r\n\r\n", "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n",
            "A\r\n0123456789\r\n0\r\n\r\n", "a\r\n0123456789\r\n0\r\n\r\n", "1\r\na\r\n1\r\nb\r\n0\r\n\r\n", "2\r\n\r\n\r\n0\r\n\r\n", "5;" + new string('x', 900) + "\r\nhello\r\n0\r\n\r\n",
        ];
        foreach (var body in whole) yield return new("chunks", "7.1", head + body, "200");
        string[] broken =
        [
            "5\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
            "g\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n", "5;a=\nb\r\nhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n",
            "5;a\0b\r\nhello\r\n0\r\n\r\n", "5;a\vb\r\nhello\r\n0\r\n\r\n", "5;a\u007fb\r\nhello\r\n0\r\n\r\n", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n", "8000000000000000\r\nhello\r\n0\r\n\r\n",
            "\r\nhello\r\n0\r\n\r\n", ";a\r\nhello\r\n0\r\n\r\n", "5,5\r\nhello\r\n0\r\n\r\n", "5 5\r\nhello\r\n0\r\n\r\n", "5\r\n\r\nhello\r\n0\r\n\r\n", "5;" + new string('x', 2000) + "\r\nhello\r\n0\r\n\r\n",
        ];
        foreach (var body in broken) yield return new("chunks", "7.1", head + body + Bait, "400");
    }

    private static IEnumerable<RequestCase> Trailers()
    {
        const string head = Line + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
        foreach (var trailers in new[] { "X: 1\r\n", "X: 1\r\nY:\r\n", "Content-Length: 50\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Connection: X-Secret\r\n", "Host: other\r\n" })
            yield return new("trailers", "7.1.2", head + trailers + "\r\n", "200");
        foreach (var trailers in new[] { "X : 1\r\n", " X: 1\r\n", "X: a\0b\r\n", "X: a\vb\r\n", "X: \u007f\r\n", "X: a\n", "X: a\r\n b\r\n", "no colon\r\n", "X: a\rb\r\n", "GET http://OTHER/smuggled HTTP/1.1\r\n" })
            yield return new("trailers", "7.1.2", head + trailers + "\r\n" + Bait, "400");
    }

    private static IEnumerable<RequestCase> Versions()
    {
        foreach (var version in new[] { "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/9.9" }) yield return new("version", "2.3", $"GET http://ORIGIN/ID {version}\r\nHost: x\r\n\r\n" + Bait, "505");
        foreach (var version in new[] { "http/1.1", "HTTP/1.1 ", "HTTP/1.10", "HTTP/11", "HTTP/1,1", "HTTP/ 1.1", "HTTPS/1.1", "HTTP/1.1\t", "", "HTTP/1", "HTTP/1.", "HTTP/01.1" })
            yield return new("version", "2.3", $"GET http://ORIGIN/ID {version}\r\nHost: x\r\n\r\n" + Bait, "400");
        yield return new("version", "2.3", "POST http://ORIGIN/ID HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks + Bait, "400");
    }

    private static IEnumerable<RequestCase> Targets()
    {
        foreach (var target in new[] { "http://ORIGIN/ID", "HTTP://ORIGIN/ID", "hTTp://ORIGIN/ID" }) yield return new("target", "9110 4.2.1", $"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n", "200");
        string[] refused =
        [
            "/ID", "*", "ORIGIN", "https://ORIGIN/ID", "ftp://ORIGIN/ID", "ws://ORIGIN/ID", "wss://ORIGIN/ID", "http:/ORIGIN/ID", "http:///ID", "http://", "http://u@ORIGIN/ID", "http://u:p@ORIGIN/ID",
            "http://ORIGIN/ID#f", "http://a:/ID", "http://a:65536/", "http://a:-1/", "http://a:+80/", "http://a: 80/", "http://[::1/", "http://::1/", "http://[::1%25lo]/", "http://a%2eb/", "http://a\\b/", "//ORIGIN/ID",
            "http://ORIGIN/I D", "http://ORIGIN/ID\u00e9", "ID", "http://a,b:80:80/", "http://[v1.x]/",
        ];
        foreach (var target in refused) yield return new("target", "3.2", $"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "400");
        yield return new("target", "3", "GET  http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "400");
        yield return new("target", "3", "GET http://ORIGIN/ID  HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "400");
        yield return new("target", "3", "GET\thttp://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "closed");
        yield return new("target", "3", "GET http://ORIGIN/ID\tHTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "400");
        yield return new("target", "3", "GET http://ORIGIN/" + new string('a', 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "414");
        yield return new("target", "9110 7.6.2", "OPTIONS http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\nMax-Forwards: 1\r\n\r\n", "200");
        yield return new("target", "9110 7.6.2", "OPTIONS http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\nMax-Forwards: +1\r\n\r\n" + Bait, "400");
        foreach (var address in new[] { "10.0.0.1", "[::]:9", "0.0.0.0", "127.1" }) yield return new("target", "policy", $"GET http://{address}/ID HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + Bait, "403");
    }

    private static IEnumerable<RequestCase> Hosts()
    {
        foreach (var host in new[] { "", "x", "other.example:80", "[::1]", "[::1]:80", "ORIGIN" }) yield return new("host", "3.2", $"GET http://ORIGIN/ID HTTP/1.1\r\nHost: {host}\r\n\r\n", "200");
        foreach (var host in new[] { "a b", "x@h", "[::1", "a:99999", "h1, h2", "a:", "a/b", "a?b", "http://a", "a:x", "\u00e9", "a\0", "::1", "a%41", "[h]" })
            yield return new("host", "3.2", $"GET http://ORIGIN/ID HTTP/1.1\r\nHost: {host}\r\n\r\n" + Bait, "400");
        yield return new("host", "3.2", "GET http://ORIGIN/ID HTTP/1.1\r\n\r\n" + Bait, "400");
        yield return new("host", "3.2", "GET http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n" + Bait, "400");
        yield return new("host", "3.2", "GET http://ORIGIN/ID HTTP/1.1\r\nHost : x\r\n\r\n" + Bait, "400");
    }

    private static IEnumerable<RequestCase> Methods()
    {
        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY", "M-SEARCH", "x", "12345678901234567890", "!#$%&'*+-.^_`|~" })
            yield return new("method", "9110 9.1", $"{method} http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n", "200");
        foreach (var method in new[] { "get", "Get", "post", "TRACE", "trace", "connect" }) yield return new("method", "9110 9.1", $"{method} http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "405");
        foreach (var length in new[] { 21, 30, 300 }) yield return new("method", "3", new string('A', length) + " http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "501");
        yield return new("method", "3", "GET http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\nCONNECT ORIGIN HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "200 405");
    }

    private static IEnumerable<RequestCase> Rest()
    {
        foreach (var expect in new[] { "100-continue", "100-Continue", "100-CONTINUE" }) yield return new("expect", "9110 10.1.1", Line + $"Expect: {expect}\r\nContent-Length: 5\r\n\r\nhello", "200");
        foreach (var expect in new[] { "x", "100-continue, x", "200-ok", "100" }) yield return new("expect", "9110 10.1.1", Line + $"Expect: {expect}\r\nContent-Length: 5\r\n\r\nhello" + Bait, "417");
        foreach (var options in new[] { "X", "close-not", "Host", "Content-Length", "Transfer-Encoding", "keep-alive, X", ", ,", "Upgrade" })
            yield return new("connection", "9110 7.6.1", Line + $"Connection: {options}\r\nX: hop\r\nContent-Length: 5\r\n\r\nhello", "200");
        yield return new("connection", "9110 7.6.1", Line + "Connection: Content-Length\r\nContent-Length: 50\r\n\r\n" + new string('x', 50), "200");
        yield return new("upgrade", "9110 7.8", "GET http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA\r\n\r\n", "200");
        yield return new("upgrade", "9110 7.8", "GET http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "200");
        yield return new("pipelining", "9.3.2", string.Concat(Enumerable.Range(0, 5).Select(i => $"GET http://{(i % 2 == 0 ? "ORIGIN" : "OTHER")}/ID HTTP/1.1\r\nHost: x\r\n\r\n")), "200 200 200 200 200");
        yield return new("pipelining", "9.3.2", Line + "Content-Length: 5\r\n\r\nhello" + Line + "Transfer-Encoding: chunked\r\n\r\n" + Chunks, "200 200");
        yield return new("truncated", "8", Line + "Content-Length: 5", "end 400");
        yield return new("truncated", "8", Line + "Content-Length: 5\r\n\r\nhel", "end 400");
        yield return new("truncated", "8", Line + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "end 400");
    }
}
