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

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_answer_is_passed_on_or_refused_and_the_next_request_has_its_own(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        var wrong = new ConcurrentBag<string>();
        var runs = AnswerCorpus.All.SelectMany((each, number) => new[] { (Case: each, ByByte: false), (Case: each, ByByte: each.Answer.Length < 1000 && (LongRun.Or(1, 0) == 1 || number % 3 == 0)) }.Distinct());
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

    private static async Task<string> AskAsync(GatewayProcess gateway, AnswerCase each, bool byByte)
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
        var wasReset = false;
        // What an origin says once the next request is on its way is an answer to that, for all that anybody can see
        if (byByte)
        {
            await Task.WhenAny(said.Task, receiving);
            wasReset = await IsResetAsync(client, next);
        }
        var (bytes, ending) = await receiving;
        return wasReset || ending == Ending.Reset ? "cut" : Told(Encoding.Latin1.GetString(bytes));
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

    /// <summary>Says something, and tells whether a reset was there before: the kernel tells it once, and a read behind this one finds an end.</summary>
    private static async Task<bool> IsResetAsync(RawConnection client, string text)
    {
        try
        {
            await client.SayAsync(text);
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
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
