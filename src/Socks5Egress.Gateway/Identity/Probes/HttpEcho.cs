using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>A web page that tells the address it was asked from.</summary>
internal sealed class HttpEcho(Uri url, ProbeDial dial)
{
    private const int MostBytes = 64 << 10;

    /// <inheritdoc cref="EgressProbe"/>
    public async Task<IPAddress?> AskAsync(AddressFamily family, CancellationToken cancellation)
    {
        // A connection of its own for each question: a kept one would go on leaving from the old address
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero };
        handler.ConnectCallback = async (context, token) =>
            await dial(context.DnsEndPoint.Host, context.DnsEndPoint.Port, family, token) ?? throw new IOException("no way to the probe");
        using var http = new HttpClient(handler) { MaxResponseContentBufferSize = MostBytes, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("socks5egress");
        try
        {
            using var answer = await http.GetAsync(url, cancellation);
            return answer.IsSuccessStatusCode ? AddressInText.Find(await answer.Content.ReadAsStringAsync(cancellation), family) : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return null;
        }
    }
}
