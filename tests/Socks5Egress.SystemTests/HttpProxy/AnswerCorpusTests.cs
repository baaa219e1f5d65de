using System.Collections.Concurrent;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>
/// Answers by family, whole and by byte: what the client gets for them, and that the next request on the same connection gets its own answer.
/// </summary>
public sealed class AnswerCorpusTests(Gateways gateways)
{
    private const int AtOnce = 32;

    /// <summary>An answer: its family, what the origin sends, and what the client reads: the end of a head, a body, or a word for what it gets instead.</summary>
    private sealed record Case(string Family, string Answer, string Expected, string Method = "GET", bool Closes = false);

    private static readonly Case[] Cases =
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
            .Select(line => new Case("status line", line + "\r\nContent-Length: 0\r\n\r\n", "502")),
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
            .Select(body => new Case("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body, "cut")),
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
    ];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_answer_is_passed_on_or_refused_and_the_next_request_has_its_own(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        var wrong = new ConcurrentBag<string>();
        var runs = Cases.SelectMany(each => new[] { (Case: each, ByByte: false), (Case: each, ByByte: each.Answer.Length < 1000) }.Distinct());
        await Parallel.ForEachAsync(runs, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (run, _) =>
        {
            string got;
            try
            {
                got = await AskAsync(gateway, run.Case, run.ByByte);
            }
            catch (TimeoutException)
            {
                got = "hangs";
            }
            // A refusal and a cut end differently, but both before the next answer or with it
            var expected = run.Case.Expected switch { "cut" => "cut", "502" => "502 | 200 ok", var text => text + " | 200 ok" };
            if (got != expected) wrong.Add($"{run.Case.Family}{(run.ByByte ? " by byte" : "")}: got {got}, expected {expected} for {run.Case.Method} {run.Case.Answer[..Math.Min(200, run.Case.Answer.Length)]}");
        });
        Assert.True(wrong.IsEmpty, string.Join("\n\n", wrong.Order()));
    }

    private static IEnumerable<Case> Bad(string family, params string[] fields) =>
        fields.Select(field => new Case(family, $"HTTP/1.1 200 OK\r\n{field}\r\n\r\nhello", "502"));

    private static async Task<string> AskAsync(GatewayProcess gateway, Case each, bool byByte)
    {
        var asked = 0;
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawTarget.Start(async peer =>
        {
            while (true)
            {
                if (await HeadOrEndAsync(peer) == "") return;
                if (Interlocked.Increment(ref asked) > 1)
                {
                    await peer.SayAsync(HttpClientSide.Ok);
                    continue;
                }
                try
                {
                    foreach (var piece in byByte ? each.Answer.Chunk(1) : [each.Answer.ToCharArray()])
                    {
                        await peer.SayAsync(new string(piece));
                        if (byByte) await Task.Delay(1);
                    }
                }
                finally
                {
                    said.TrySetResult();
                }
                if (each.Closes) return;
            }
        });
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        var receiving = client.ReceiveToEndAsync();
        var next = HttpClientSide.Get(origin, "Connection: close\r\n");
        await client.SayAsync($"{each.Method} http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\n\r\n{(byByte ? "" : next)}");
        // What an origin says once the next request is on its way is an answer to that, for all that anybody can see
        if (byByte)
        {
            await Task.WhenAny(said.Task, receiving);
            await SayIfThereAsync(client, next);
        }
        var (bytes, ending) = await receiving;
        return ending == Ending.Reset ? "cut" : Told(Encoding.Latin1.GetString(bytes));
    }

    /// <summary>Statuses, and the first final answer's body; then those of the second.</summary>
    private static string Told(string text)
    {
        var told = new StringBuilder();
        while (text.Length > 0)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            var status = text[9..12];
            told.Append(status);
            var next = text.IndexOf("HTTP/1.1 ", end, StringComparison.Ordinal);
            var body = next < 0 ? text[end..] : text[end..next];
            var whole = text;
            text = next < 0 ? "" : text[next..];
            var head = whole[..end];
            if (status[0] != '1' && status != "502") told.Append(' ').Append(head.Contains("\r\nTransfer-Encoding: chunked\r\n", StringComparison.Ordinal) ? Joined(body) : body);
            if (text.Length > 0) told.Append(status[0] == '1' ? " " : " | ");
        }
        return told.ToString();
    }

    /// <summary>What is in chunks, whatever their sizes: content, and trailers behind a plus.</summary>
    private static string Joined(string chunks)
    {
        var content = "";
        while (true)
        {
            var line = chunks.IndexOf("\r\n", StringComparison.Ordinal);
            if (line < 0) return content + " and no end";
            var size = Convert.ToInt32(chunks[..line], 16);
            if (size == 0) return content + (chunks.Length > line + 4 ? "+" + chunks[(line + 2)..^4] : "");
            content += chunks.Substring(line + 2, size);
            chunks = chunks[(line + 4 + size)..];
        }
    }

    private static async Task SayIfThereAsync(RawConnection client, string text)
    {
        try
        {
            await client.SayAsync(text);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Its first answer was cut
        }
    }

    private static async Task<string> HeadOrEndAsync(RawConnection peer)
    {
        try
        {
            return await peer.HeadAsync();
        }
        catch (EndOfStreamException)
        {
            return "";
        }
    }
}
