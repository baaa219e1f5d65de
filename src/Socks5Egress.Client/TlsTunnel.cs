using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Client;

/// <summary>
/// TLS to a gateway behind an ordinary socket. Drivers and forwards want a socket and know nothing of TLS; so they get one end of a
/// connection within this machine, and what goes in there goes through TLS.
/// </summary>
internal static class TlsTunnel
{
    /// <summary>Shakes hands on a connection and gives the socket that leads through it. That one owns <paramref name="raw"/> from then on.</summary>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Secure"/>.</exception>
    public static async Task<Socket> OpenAsync(Socket raw, Socks5Proxy proxy, Socks5Errors failures, CancellationToken cancellation)
    {
        var seen = new GatewayCertificate(proxy.Host);
        var tls = new SslStream(new NetworkStream(raw, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(Options(proxy, seen), cancellation);
            var (outer, inner) = await SocketPair.CreateAsync(cancellation);
            Background.Run("a TLS tunnel", () => TlsRelay.RunAsync(inner, tls, raw));
            return outer;
        }
        catch (Exception fault)
        {
            await tls.DisposeAsync();
            throw fault switch
            {
                _ when seen.Fault is { } words => failures.NotTrusted(words, fault),
                CryptographicException or UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException or ArgumentException =>
                    failures.NoCertificate(fault),
                AuthenticationException or IOException => failures.NotTls(fault),
                _ => fault,
            };
        }
    }

    private static SslClientAuthenticationOptions Options(Socks5Proxy proxy, GatewayCertificate seen)
    {
        var tls = proxy.Tls!;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = proxy.Host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = seen.Judge,
        };
        if (tls.CaFile is { } ca)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(ca);
            options.CertificateChainPolicy = policy;
        }

        if (tls.CertificateFile is { } certificate)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(certificate, tls.KeyFile), Between(certificate), offline: true);
        return options;
    }

    /// <summary>What follows the first certificate of a file.</summary>
    private static X509Certificate2Collection Between(string file)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        all.RemoveAt(0);
        return all;
    }
}
