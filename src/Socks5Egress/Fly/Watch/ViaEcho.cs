using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Gateway.Identity.Probes;

namespace Socks5Egress.Fly.Watch;

/// <summary>Which addresses the world sees connections come from, asked from outside through the gateway.</summary>
internal sealed class ViaEcho(Socks5Client client, IReadOnlyList<Uri> probes)
{
    /// <summary>One service that has an IPv4 address only, and one that has an IPv6 address only: the gateway has no choice then.</summary>
    public static readonly IReadOnlyList<string> Defaults = ["https://api4.ipify.org", "https://api6.ipify.org"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Every address that a probe told; those that do not answer are left out.</summary>
    public async Task<IReadOnlySet<IPAddress>> AskAsync(CancellationToken cancellation) =>
        (await Task.WhenAll(probes.Select(probe => AskAsync(probe, cancellation)))).OfType<IPAddress>().ToHashSet();

    private async Task<IPAddress?> AskAsync(Uri probe, CancellationToken cancellation)
    {
        // A connection of its own for each question: a kept one would go on leaving from the old address
        using var http = new HttpClient(new Socks5HttpHandler(client, handler => handler.PooledConnectionLifetime = TimeSpan.Zero)) { Timeout = Patience };
        try
        {
            var text = await http.GetStringAsync(probe, cancellation);
            return AddressInText.Find(text, AddressFamily.InterNetwork) ?? AddressInText.Find(text, AddressFamily.InterNetworkV6);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or Socks5Exception || (exception is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }
}
