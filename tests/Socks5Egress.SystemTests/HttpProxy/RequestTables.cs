namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>Families of requests that are made from tables: each character, each length, each order, each place where a message may break off.</summary>
internal static class RequestTables
{
    private const string Line = "POST http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n";
    private const string Chunks = "5\r\nhello\r\n0\r\n\r\n";
    private const string Bait = "GET http://OTHER/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    private const string Tchar = "!#$%&'*+-.^_`|~";
    private const string RegName = "-._~!$&'()*+,;=";

    public static IEnumerable<RequestCase> All() =>
        [.. Characters(), .. Frames(), .. ChunkLines(), .. Orders(), .. Versions(), .. Options(), .. Broken()];

    private static IEnumerable<char> Punctuation => Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(c => !char.IsAsciiLetterOrDigit(c));

    private static IEnumerable<char> Controls => Enumerable.Range(0, 0x20).Append(0x7f).Select(code => (char)code).Where(c => c is not ('\t' or '\n'));

    private static IEnumerable<RequestCase> Characters()
    {
        foreach (var c in Punctuation)
        {
            // A colon in a name is the end of a shorter one
            if (c != ':') yield return new("name character", "9110 5.1", Line + $"X{c}Y: a\r\n\r\n" + (Tchar.Contains(c) ? "" : Bait), Tchar.Contains(c) ? "200" : "400");
            // Without a token in front it is no HTTP, and no other protocol either
            yield return new("method character", "9110 9.1", $"X{c}Y http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n" + (Tchar.Contains(c) ? "" : Bait), Tchar.Contains(c) ? "200" : "closed");
            yield return new("host character", "3.2", $"GET http://ORIGIN/ID HTTP/1.1\r\nHost: a{c}b\r\n\r\n" + (RegName.Contains(c) ? "" : Bait), RegName.Contains(c) ? "200" : "400");
            yield return new("value character", "9110 5.5", Line + $"X: a{c}b\r\n\r\n", "200");
        }
        foreach (var c in Controls)
        {
            yield return new("control", "9110 5.1", Line + $"X{c}Y: a\r\n\r\n" + Bait, "400");
            yield return new("control", "3.2", $"GET http://ORIGIN/ID HTTP/1.1\r\nHost: a{c}b\r\n\r\n" + Bait, "400");
            yield return new("control", "7.1.1", Line + $"Transfer-Encoding: chunked\r\n\r\n5;a{c}b\r\nhello\r\n0\r\n\r\n" + Bait, "400");
            yield return new("control", "7.1.2", Line + $"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: a{c}b\r\n\r\n" + Bait, "400");
            yield return new("control", "7.1.2", Line + $"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX{c}Y: a\r\n\r\n" + Bait, "400");
            yield return new("control", "7.1", Line + $"Transfer-Encoding: chunked\r\n\r\n5{c}\r\nhello\r\n0\r\n\r\n" + Bait, "400");
            yield return new("control", "6.1", Line + $"Transfer-Encoding: chun{c}ked\r\n\r\n" + Chunks + Bait, "400");
            yield return new("control", "6.2", Line + $"Content-Length: {c}5\r\n\r\nhello" + Bait, "400");
        }
        foreach (var c in new[] { '\u0080', '\u00a0', '\u00e9', '\u00ff' })
        {
            yield return new("obs-text", "9110 5.5", Line + $"X: a{c}b\r\n\r\n", "200");
            yield return new("obs-text", "9110 5.1", Line + $"X{c}Y: a\r\n\r\n" + Bait, "400");
            yield return new("obs-text", "3.2", $"GET http://ORIGIN/I{c}D HTTP/1.1\r\nHost: x\r\n\r\n" + Bait, "400");
        }
    }

    /// <summary>Bodies of each length, framed either way: what follows begins exactly behind them.</summary>
    private static IEnumerable<RequestCase> Frames()
    {
        foreach (var length in new[] { 0, 1, 2, 9, 10, 15, 16, 17, 255, 256, 4095, 4096, 4097 })
        {
            var body = new string('G', length);
            yield return new("body", "6.2", Line + $"Content-Length: {length}\r\n\r\n{body}", "200");
            yield return new("body", "7.1", Line + $"Transfer-Encoding: chunked\r\n\r\n{(length == 0 ? "" : $"{length:x}\r\n{body}\r\n")}0\r\n\r\n", "200");
            yield return new("body", "7.1", Line + $"Transfer-Encoding: chunked\r\n\r\n{string.Concat(body.Chunk(300).Select(piece => $"{piece.Length:X3}\r\n{new string(piece)}\r\n"))}000\r\n\r\n", "200");
            if (length > 0) yield return new("body", "6.2", Line + $"Content-Length: {length - 1}\r\n\r\n{body}" + "\r\n\r\n" + Bait, "200 400");
        }
        foreach (var name in new[] { "content-length", "CONTENT-LENGTH", "Content-length" })
        {
            foreach (var coding in new[] { "transfer-encoding", "TRANSFER-ENCODING", "Transfer-encoding" })
            {
                yield return new("both framings", "6.1", Line + $"{name}: 5\r\n{coding}: chunked\r\n\r\n" + Chunks + Bait, "400");
                yield return new("both framings", "6.1", Line + $"{coding}: chunked\r\nX: y\r\n{name}: 13\r\n\r\n" + Chunks + Bait, "400");
            }
            foreach (var second in new[] { "5", "05", "6", "5 ", "" }) yield return new("two lengths", "6.3", Line + $"{name}: 5\r\nX: y\r\nContent-Length: {second}\r\n\r\nhello" + Bait, "400");
        }
    }

    private static IEnumerable<RequestCase> ChunkLines()
    {
        foreach (var good in new[] { "5", "05", "0005", "0000000000000005", "5;a", "5;a=b", "5; a=b", "5 ;a=b", "5\t;a", "5;a=\"b c\"", "5;a=\"b\\\"c\"", "5;;", "5;", "5;a=b;c=d;e", "5;\u00e9", "5;" + new string('x', 900) })
            yield return new("chunk line", "7.1", Line + $"Transfer-Encoding: chunked\r\n\r\n{good}\r\nhello\r\n0\r\n\r\n", "200");
        string[] bad =
        [
            "", " 5", "\t5", "5 ", "5\t", "+5", "-5", "0x5", "5h", "x", "5,", "5 5", "5=a", "5\"", ":5", "\u00a05", "5\u00a0", "00000000000000005", "fffffffffffffffff", "8000000000000000",
            "5;" + new string('x', 1100), "{5}", "5.0", "5e0", "five", "\u0665",
        ];
        foreach (var line in bad) yield return new("chunk line", "7.1", Line + $"Transfer-Encoding: chunked\r\n\r\n{line}\r\nhello\r\n0\r\n\r\n" + Bait, "400");
        foreach (var end in new[] { "", "\n", "\r", "X\r\n", "\r\r\n", " \r\n", "\0\r\n" })
            yield return new("chunk end", "7.1", Line + $"Transfer-Encoding: chunked\r\n\r\n5\r\nhello{end}0\r\n\r\n" + Bait, "400");
        foreach (var field in new[] { "Host", "Content-Length", "Transfer-Encoding", "Connection", "TE", "Upgrade", "Trailer", "Proxy-Authorization", "Authorization", "Set-Cookie", "Expect", "Via", "X", "Max-Forwards", "Content-Type" })
            yield return new("trailer", "9110 6.5.1", Line + $"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n{field}: 5\r\n\r\n", "200");
    }

    /// <summary>Requests of each kind behind each other, and one that is refused behind each.</summary>
    private static IEnumerable<RequestCase> Orders()
    {
        string[] kinds =
        [
            "GET http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD http://OTHER/ID HTTP/1.1\r\nHost: x\r\n\r\n", Line + "Content-Length: 5\r\n\r\nhello",
            Line + "Transfer-Encoding: chunked\r\n\r\n" + Chunks, "DELETE http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            "GET http://OTHER/ID HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "OPTIONS http://ORIGIN/ID HTTP/1.1\r\nHost: x\r\n\r\n", Line + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        ];
        foreach (var first in kinds)
        {
            foreach (var second in kinds)
            {
                yield return new("pipelining", "9.3.2", first + second, "200 200");
                yield return new("pipelining", "9.3.2", string.Concat(Enumerable.Repeat(first + second + second, 3)), string.Join(' ', Enumerable.Repeat("200", 9)));
            }
            foreach (var empty in new[] { "\r\n", "\r\n\r\n" }) yield return new("pipelining", "2.2", first + empty + kinds[0], "200 200");
            foreach (var refused in new[] { "GET /x HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://ORIGIN/ID HTTP/1.1\r\n\r\n", "\0" + Bait, "\n" + Bait, "GET http://ORIGIN/ID HTTP/1.1\nHost: x\r\n\r\n", "hello\r\n\r\n" })
                yield return new("refused behind", "9.3.2", first + refused + Bait, "200 400");
        }
    }

    private static IEnumerable<RequestCase> Versions()
    {
        for (var major = 0; major <= 9; major++)
        {
            for (var minor = 0; minor <= 9; minor++)
            {
                if (major == 1 && minor < 2) continue;
                yield return new("version", "2.3", $"GET http://ORIGIN/ID HTTP/{major}.{minor}\r\nHost: x\r\n\r\n" + Bait, "505");
            }
        }
    }

    /// <summary>Fields of one connection, named or not: none of them changes what the message is.</summary>
    private static IEnumerable<RequestCase> Options()
    {
        string[] fields = ["Keep-Alive: 5", "Proxy-Connection: keep-alive", "TE: trailers", "TE: gzip", "Upgrade: x", "Upgrade: h2c", "HTTP2-Settings: AA", "Trailer: X", "X: y", "Via: 1.1 other", "Warning: 1", "X-Forwarded-For: 1"];
        foreach (var field in fields)
        {
            var name = field[..field.IndexOf(':', StringComparison.Ordinal)];
            foreach (var options in new[] { name, name + ", x", "x," + name.ToUpperInvariant(), ",," + name })
            {
                yield return new("connection", "9110 7.6.1", Line + $"Connection: {options}\r\n{field}\r\nContent-Length: 5\r\n\r\nhello", "200");
                yield return new("connection", "9110 7.6.1", Line + $"{field}\r\nTransfer-Encoding: chunked\r\nConnection: {options}\r\n\r\n" + Chunks, "200");
            }
        }
    }

    /// <summary>A request that ends at each byte behind its first line: it is no request, and nothing of it is one.</summary>
    private static IEnumerable<RequestCase> Broken()
    {
        foreach (var whole in new[] { Line + "Content-Length: 5\r\n\r\nhello", Line + "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n" })
        {
            for (var length = Line.Length - 9; length < whole.Length; length++) yield return new("truncated", "8", whole[..length], "end 400");
        }
    }
}
