using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Hosting;

/// <summary>
/// Gets an issuer's keys by discovery (OpenID Connect Discovery 1.0 section 4, RFC 8414): two documents over HTTPS, each of 1 MiB at most, without redirects.
/// </summary>
/// <param name="issuer">The issuer, an https URL.</param>
/// <param name="authorities">Who alone is trusted; empty: whom this machine trusts.</param>
/// <param name="dial">Connects.</param>
internal sealed class IssuerDownload(string issuer, X509Certificate2Collection authorities, Func<string, int, CancellationToken, Task<Stream>> dial)
{
    /// <inheritdoc cref="Gateway.Authentication.Tokens.KeyDownload"/>
    public async Task<(ImmutableArray<JsonWebKey> Keys, string? Fault)> GetAsync(CancellationToken cancellation)
    {
        // A connection of its own for each fetch: the issuer may have moved, and its certificate is looked at again
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromSeconds(10) };
        handler.ConnectCallback = async (context, token) => await dial(context.DnsEndPoint.Host, context.DnsEndPoint.Port, token);
        if (authorities.Count > 0) handler.SslOptions.CertificateChainPolicy = Policy();
        using var http = new HttpClient(handler) { MaxResponseContentBufferSize = JsonWebKeySet.MaxLength, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("socks5egress");
        var place = new Uri(issuer.TrimEnd('/') + "/.well-known/openid-configuration");
        try
        {
            var document = await ReadAsync(http, place, cancellation);
            if (DiscoveryDocument.TryRead(document, issuer, out var keys) is { } fault) return ([], $"{place} {fault}");
            place = keys!;
            return (JsonWebKeySet.TryRead(await ReadAsync(http, place, cancellation), out var found) is { } wrong) ? ([], $"{place} {wrong}") : (found, null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return ([], $"{place} cannot be fetched: {exception.InnerException?.Message ?? exception.Message}");
        }
    }

    private static async Task<byte[]> ReadAsync(HttpClient http, Uri place, CancellationToken cancellation)
    {
        using var answer = await http.GetAsync(place, cancellation);
        if (answer.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"it answered {(int)answer.StatusCode}");
        return await answer.Content.ReadAsByteArrayAsync(cancellation);
    }

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
