using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>
/// An origin that reads requests as strictly as RFC 9112 has them, answers each whole one, and keeps count of them by their target. What it cannot
/// read it notes, and closes.
/// </summary>
internal sealed class RecordingOrigin : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _requests = new(StringComparer.Ordinal);
    private readonly RawTarget _target;

    private RecordingOrigin() => _target = RawTarget.Start(ServeAsync);

    public string Authority => _target.EndPoint.ToString();

    /// <summary>What no strict reader understands, with the bytes.</summary>
    public ConcurrentBag<string> Broken { get; } = [];

    /// <summary>Targets of all whole requests.</summary>
    public IEnumerable<string> Targets => _requests.Keys;

    public static RecordingOrigin Start() => new();

    /// <summary>The whole requests for one target, body and trailers behind the head.</summary>
    public IReadOnlyCollection<string> Of(string target) => _requests.TryGetValue(target, out var found) ? found : [];

    public ValueTask DisposeAsync() => _target.DisposeAsync();

    private async Task ServeAsync(RawConnection peer)
    {
        var buffer = new byte[16 * 1024];
        var text = "";
        while (true)
        {
            var length = Whole(text);
            if (length < 0)
            {
                Broken.Add(text);
                return;
            }
            if (length > 0)
            {
                var target = text.Split(' ')[1];
                _requests.GetOrAdd(target, _ => new()).Enqueue(text[..length]);
                var isHead = text.StartsWith("HEAD ", StringComparison.Ordinal);
                text = text[length..];
                await peer.SayAsync(isHead ? HttpClientSide.Ok[..^2] : HttpClientSide.Ok);
                continue;
            }
            var got = await peer.ReceiveSomeAsync(buffer);
            if (got == 0) return;
            text += Encoding.Latin1.GetString(buffer, 0, got);
        }
    }

    /// <summary>The length of the first request; 0: it is not whole yet; below 0: it is none.</summary>
    private static int Whole(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return 0;
        var lines = text[..end].Split("\r\n");
        if (lines.Any(line => line.AsSpan().ContainsAnyInRange('\0', '\b') || line.AsSpan().ContainsAnyInRange('\n', '\x1f') || line.Contains('\x7f'))) return -1;
        if (lines[0].Split(' ') is not [_, _, "HTTP/1.1"]) return -1;
        if (lines.Skip(1).Any(line => line.IndexOf(':', StringComparison.Ordinal) is var colon && (colon <= 0 || line[..colon].Any(char.IsWhiteSpace)))) return -1;
        var lengths = Values(lines, "Content-Length");
        var codings = Values(lines, "Transfer-Encoding");
        if (lengths.Count + codings.Count > 1 || Values(lines, "Host").Count != 1) return -1;
        end += 4;
        if (codings.Count == 1) return codings[0] == "chunked" ? WholeChunks(text, end) : -1;
        if (lengths.Count == 0) return end;
        if (!int.TryParse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return -1;
        return text.Length >= end + length ? end + length : 0;
    }

    private static int WholeChunks(string text, int at)
    {
        while (true)
        {
            var line = text.IndexOf("\r\n", at, StringComparison.Ordinal);
            if (line < 0) return 0;
            if (!int.TryParse(text[at..line], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size)) return -1;
            at = line + 2;
            if (size == 0) break;
            if (text.Length < at + size + 2) return 0;
            if (text[(at + size)..(at + size + 2)] != "\r\n") return -1;
            at += size + 2;
        }
        while (true)
        {
            var line = text.IndexOf("\r\n", at, StringComparison.Ordinal);
            if (line < 0) return 0;
            if (line == at) return at + 2;
            if (text.IndexOf(':', at, line - at) <= at) return -1;
            at = line + 2;
        }
    }

    private static List<string> Values(string[] lines, string name) =>
        [.. lines.Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim(' '))];
}
