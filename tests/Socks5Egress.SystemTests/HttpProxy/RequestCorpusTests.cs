using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>
/// Each message of the corpus, whole, by line and by byte, to two recording origins: an origin gets only what every strict reader understands
/// alike, as many whole requests as there are answers of origins, nothing behind a refused message, and the same whatever way the bytes are cut.
/// </summary>
public sealed partial class RequestCorpusTests(Gateways gateways)
{
    private const int AtOnce = 48;

    /// <summary>By byte a message takes its time; the usual run does so with every fourth.</summary>
    private static readonly int ByByte = LongRun.Or(1, 4);

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_message_means_the_same_however_it_is_cut(string transport)
    {
        await using var first = RecordingOrigin.Start();
        await using var second = RecordingOrigin.Start();
        var gateway = await gateways.SharedAsync(transport);
        var runs = RequestCorpus.All.SelectMany((each, number) => Cuts(number).Select(cut => (Case: each, Cut: cut, Id: $"{number}-{cut}")));
        var wrong = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(runs, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (run, _) =>
        {
            if (await JudgeAsync(gateway, run.Case, run.Cut, run.Id, first, second) is { } fault) wrong.Add($"{fault} | by {run.Cut} | {run.Case}");
        });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Order()));
        Assert.Empty(first.Broken.Concat(second.Broken));
        Assert.DoesNotContain(first.Targets.Concat(second.Targets), target => target.Contains("smuggled", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Cuts(int number) => number % ByByte == 0 ? ["whole", "line", "byte"] : ["whole", "line"];

    private static async Task<string?> JudgeAsync(GatewayProcess gateway, RequestCase each, string cut, string id, RecordingOrigin first, RecordingOrigin second)
    {
        var words = each.Status.Split(' ');
        var isServed = words.All(word => word == "200");
        var bytes = Encoding.Latin1.GetBytes((each.Text + (words[0] == "end" ? "" : RequestCase.Next))
            .Replace("ORIGIN", first.Authority).Replace("OTHER", second.Authority).Replace("ID", "/" + id).Replace("//" + id, "/" + id));
        string[] expected = words[0] switch { "closed" => [], "end" => words[1..], _ => isServed ? [.. words, "200"] : words };

        string text;
        try
        {
            text = await AskAsync(gateway, bytes, cut);
        }
        catch (TimeoutException)
        {
            return "hangs";
        }
        string[] answers = [.. StatusLine().Matches(text).Select(match => match.Groups[1].Value)];
        if (!answers.SequenceEqual(expected)) return $"answers {string.Join(' ', answers)}, expected {string.Join(' ', expected)}";
        var (here, there, next) = (first.Of("/" + id).Count, second.Of("/" + id).Count, second.Of($"/{id}-next").Count);
        if (next != (isServed ? 1 : 0)) return $"the next request reached its origin {next} times";
        var served = answers.Count(status => status == "200");
        return here + there + next == served ? null : $"{here} + {there} + {next} whole requests and {served} answers";
    }

    private static async Task<string> AskAsync(GatewayProcess gateway, byte[] bytes, string cut)
    {
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        var receiving = client.ReceiveToEndAsync();
        try
        {
            foreach (var piece in Pieces(bytes, cut))
            {
                await client.SendAsync(piece);
                if (cut != "whole") await Task.Delay(1);
            }
            client.Finish();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Refused and closed before the last byte
        }
        return Encoding.Latin1.GetString((await receiving).Bytes);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(byte[] bytes, string cut)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var length = cut switch
            {
                "whole" => bytes.Length,
                "line" => bytes.AsSpan(start).IndexOf((byte)'\n') is var end and >= 0 ? end + 1 : bytes.Length - start,
                // A long run of one byte tells nothing more byte by byte
                _ => Math.Min(bytes.Length > 2000 ? 97 : 1, bytes.Length - start),
            };
            yield return bytes.AsMemory(start, length);
            start += length;
        }
    }

    [GeneratedRegex(@"(?<=\A|\n|ok|\r\n\r\n)HTTP/1\.1 (\d{3}) ")]
    private static partial Regex StatusLine();
}
