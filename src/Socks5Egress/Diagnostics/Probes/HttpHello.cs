using System.Text;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>HTTP/1.1: one HEAD request; any answer will do, for its status is the site's own affair.</summary>
internal static class HttpHello
{
    public static Task RunAsync(Steps steps, CheckTarget target, Stream stream) => steps.DoAsync("hello", async token =>
    {
        var host = target.Host.Contains(':', StringComparison.Ordinal) ? $"[{target.Host}]" : target.Host;
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: socks5egress-check\r\nConnection: close\r\n\r\n"), token);
        var answer = await Bytes.ReadLineAsync(stream, token);
        return answer.StartsWith("HTTP/", StringComparison.Ordinal)
            ? new Finding(answer)
            : new Finding("no HTTP", $"What answers at {target.Place} is no HTTP server: check host and port.");
    });
}
