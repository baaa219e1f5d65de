namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>An answer and what has to become of it.</summary>
/// <param name="Family">What it is about.</param>
/// <param name="Answer">What the origin sends; Latin-1.</param>
/// <param name="Expected">What the client reads, statuses and the body; 502; or cut: its connection is reset.</param>
/// <param name="Method">Of the request.</param>
/// <param name="Closes">The origin closes behind it.</param>
internal sealed record AnswerCase(string Family, string Answer, string Expected, string Method = "GET", bool Closes = false);

/// <summary>Answers by family (RFC 9112 sections 4 to 7, RFC 9110 sections 5, 8.6 and 15), each with what it has to come to.</summary>
internal static class AnswerCorpus
{
    public static IReadOnlyList<AnswerCase> All { get; } =
    [
        new("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello"),
        new("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "200 hello"),
        new("length", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "200 hello"),
        new("length", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", "200 hello"),
        new("length", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 "),
        .. Bad("length", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6", "Content-Length: +5", "Content-Length: -5", "Content-Length: 5 5", "Content-Length:", "Content-Length: 0x5",
            "Content-Length: 99999999999999999999", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        .. Bad("coding", "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding: \vchunked"),
        .. Bad("field", "X: a\0b", "X: a\rb", "X: a\u0001b", "X: \u007f", "X: a\r\n b", "X Y: a", ": a", "no colon"),
        .. new[] { "HTTP/2.0 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200 OK", "ICY 200 OK", "http/1.1 200 OK", "HTTP/1.1 abc OK", "not http", "HTTP/1.1 099 No" }
            .Select(line => new AnswerCase("status line", line + "\r\nContent-Length: 0\r\n\r\n", "502")),
        new("status line", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "200 ok"),
        new("status line", "HTTP/1.1 999 What\r\nContent-Length: 2\r\n\r\nok", "999 ok"),
        new("status line", "HTTP/1.1 200 a\u0001b\r\nContent-Length: 2\r\n\r\nok", "200 ok"),
        new("line end", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "502"),
        new("interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "100 103 200 ok"),
        new("interim", "HTTP/1.1 102 P\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No\r\n\r\n", "102 204 "),
        new("upgrade", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "502"),
        new("no body", "HTTP/1.1 204 No\r\n\r\n", "204 "),
        new("no body", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello", "204 "),
        new("no body", "HTTP/1.1 304 Not\r\nContent-Length: 5\r\n\r\n", "304 "),
        new("no body", "HTTP/1.1 304 Not\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "304 "),
        new("no body", "HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nhello", "205 "),
        new("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 ", "HEAD"),
        new("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 ", "HEAD"),
        new("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 ", "HEAD"),
        new("surplus", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "200 ok"),
        new("surplus", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "200 ok"),
        new("surplus", "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "204 "),
        new("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n00\r\nX: 1\r\nContent-Length: 9\r\n\r\n", "200 ok+X: 1"),
        .. new[] { "2\nok\r\n0\r\n\r\n", "2\r\nokX0\r\n\r\n", "g\r\nok\r\n", "2;a\rb\r\nok\r\n0\r\n\r\n", "2;a\0\r\nok\r\n0\r\n\r\n", "2 \r\nok\r\n0\r\n\r\n", "2\r\nok\r\n0\r\nX : 1\r\n\r\n", "fffffffffffffffff\r\n" }
            .Select(body => new AnswerCase("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body, "cut")),
        new("until close", "HTTP/1.1 200 OK\r\n\r\nok", "200 ok", Closes: true),
        new("until close", "HTTP/1.0 200 OK\r\n\r\nok", "200 ok", Closes: true),
        new("closes", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "200 ok", Closes: true),
        new("closes", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok", Closes: true),
        new("truncated", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "cut", Closes: true),
        new("truncated", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "cut", Closes: true),
        new("truncated", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "cut", Closes: true),
        new("truncated", "HTTP/1.1 200 OK\r\nContent-Le", "502", Closes: true),
        new("truncated", "", "502", Closes: true),
        new("large", "HTTP/1.1 200 OK\r\nX: " + new string('a', 60_000) + "\r\nContent-Length: 2\r\n\r\nok", "200 ok"),
        new("large", "HTTP/1.1 200 OK\r\nX: " + new string('a', 70_000) + "\r\nContent-Length: 2\r\n\r\nok", "502"),
        .. Characters(), .. Statuses(), .. Lengths(), .. ChunkLines(), .. Surplus(), .. Prefixes(),
    ];

    private static IEnumerable<char> Controls => Enumerable.Range(0, 0x20).Append(0x7f).Select(code => (char)code).Where(c => c is not ('\t' or '\n'));

    private static IEnumerable<AnswerCase> Bad(string family, params string[] fields) =>
        fields.Select(field => new AnswerCase(family, $"HTTP/1.1 200 OK\r\n{field}\r\n\r\nhello", "502"));

    private static IEnumerable<AnswerCase> Characters()
    {
        foreach (var c in Controls)
        {
            yield return new("control in a value", $"HTTP/1.1 200 OK\r\nX: a{c}b\r\nContent-Length: 2\r\n\r\nok", "502");
            yield return new("control in a name", $"HTTP/1.1 200 OK\r\nX{c}Y: a\r\nContent-Length: 2\r\n\r\nok", "502");
            yield return new("control in a reason", $"HTTP/1.1 200 a{c}b\r\nContent-Length: 2\r\n\r\nok", "200 ok");
            yield return new("control in an extension", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a{c}b\r\nok\r\n0\r\n\r\n", "cut");
            yield return new("control in a trailer", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: a{c}b\r\n\r\n", "cut");
        }
        foreach (var c in "\"(),/;<=>?@[\\]{}\u00e9") yield return new("name", $"HTTP/1.1 200 OK\r\nX{c}Y: a\r\nContent-Length: 2\r\n\r\nok", "502");
    }

    private static IEnumerable<AnswerCase> Statuses()
    {
        for (var status = 200; status < 600; status += status is < 210 or (>= 300 and < 310) ? 1 : 13)
        {
            if (status is 204 or 205 or 304) continue;
            yield return new("status", $"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nok", status == 502 ? "502" : $"{status} ok");
            yield return new("status of HEAD", $"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n", status == 502 ? "502" : $"{status} ", "HEAD");
        }
        foreach (var status in new[] { 100, 102, 103, 104, 150, 199 })
            yield return new("interim", $"HTTP/1.1 {status} X\r\nY: z\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", $"{status} 200 ok");
        yield return new("interim", string.Concat(Enumerable.Repeat("HTTP/1.1 103 E\r\n\r\n", 20)) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", string.Concat(Enumerable.Repeat("103 ", 20)) + "200 ok");
        foreach (var status in new[] { 100, 103 }) yield return new("interim alone", $"HTTP/1.1 {status} X\r\n\r\n", $"{status} 502", Closes: true);
    }

    private static IEnumerable<AnswerCase> Lengths()
    {
        foreach (var length in new[] { "2", "02", "0000000000000000002", " 2 ", "2,2", "2 , 2", "2,\t2,2" }) yield return new("length", $"HTTP/1.1 200 OK\r\nContent-Length:{length}\r\n\r\nok", "200 ok");
        foreach (var length in new[] { "2,3", "2;", "2.0", "2x", "x", "0b10", "two", "\u00b2", "9223372036854775808", "18446744073709551618", "2, 3, 2", "2,,3", "\"2\"", "2_0", "00000000000000000002" })
            yield return new("length", $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nok", "502");
        foreach (var coding in new[] { "chunked", "Chunked", "CHUNKED", " chunked ", "\tchunked" }) yield return new("coding", $"HTTP/1.1 200 OK\r\nTransfer-Encoding:{coding}\r\n\r\n2\r\nok\r\n0\r\n\r\n", "200 ok");
        foreach (var coding in new[] { "chunked,", ",chunked", "xchunked", "chunked;q=1", "\"chunked\"", "chunked, gzip", "deflate", "", "x", "c hunked" })
            yield return new("coding", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n2\r\nok\r\n0\r\n\r\n", "502");
        yield return new("coding", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "502");
    }

    private static IEnumerable<AnswerCase> ChunkLines()
    {
        foreach (var line in new[] { "2", "02", "0000000000000002", "2;a=b", "2; a", "2 ;a", "2;a=\"b c\"", "2;" }) yield return new("chunks", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{line}\r\nok\r\n0\r\n\r\n", "200 ok");
        foreach (var line in new[] { "", " 2", "+2", "-2", "0x2", "2h", "x", "2,", "2 2", "00000000000000002", "8000000000000000", "2.0", "{2}", "2=a" })
            yield return new("chunks", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{line}\r\nok\r\n0\r\n\r\n", "cut");
        foreach (var end in new[] { "\n", "X\r\n", "\r\r\n", " \r\n", "0\r\n" }) yield return new("chunk end", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok{end}0\r\n\r\n", "cut");
        foreach (var field in new[] { "Content-Length", "Transfer-Encoding", "Connection", "Set-Cookie", "Trailer", "Via", "Content-Type" })
            yield return new("trailer", $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n{field}: 5\r\n\r\n", "200 ok");
    }

    /// <summary>Whatever stands behind an answer is nobody's.</summary>
    private static IEnumerable<AnswerCase> Surplus()
    {
        (string Answer, string Expected, string Method)[] answers =
        [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok", "GET"), ("HTTP/1.1 204 No\r\n\r\n", "204 ", "GET"), ("HTTP/1.1 304 No\r\n\r\n", "304 ", "GET"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "200 ok", "GET"), ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "200 ", "HEAD"),
            ("HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n", "205 ", "GET"), ("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "404 ", "POST"),
        ];
        foreach (var (answer, expected, method) in answers)
        {
            foreach (var surplus in new[] { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1 103 E\r\n\r\n", "x", "\r\n", "\0", "0\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" })
                yield return new("surplus", answer + surplus, expected, method);
        }
    }

    /// <summary>An answer that ends at each of its bytes never looks whole.</summary>
    private static IEnumerable<AnswerCase> Prefixes()
    {
        foreach (var whole in new[] { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a\r\nhello\r\n0\r\nX: y\r\n\r\n" })
        {
            var head = whole.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            for (var length = 0; length < whole.Length; length++) yield return new("truncated", whole[..length], length < head ? "502" : "cut", Closes: true);
        }
    }
}
