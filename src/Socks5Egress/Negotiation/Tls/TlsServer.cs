using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Negotiation.Tls;

/// <summary>TLS as a listener offers it: 1.2 and 1.3, never renegotiated, with the certificate that holds at the moment.</summary>
/// <param name="certificate">The certificate; a reload changes it for the handshakes that come.</param>
/// <param name="clientAuthorities">Who may vouch for clients; empty: clients are not asked for certificates.</param>
internal sealed class TlsServer(CertificateSource certificate, X509Certificate2Collection clientAuthorities)
{
    private readonly X509ChainPolicy? _clientPolicy = clientAuthorities.Count == 0 ? null : Policy(clientAuthorities);

    /// <summary>Whether a client that shows no certificate is turned away: where there are no users, nothing else says who it is.</summary>
    public bool RequiresCertificate(ClientRules rules) => _clientPolicy is not null && rules.Users is null;

    /// <summary>For one handshake.</summary>
    public SslServerAuthenticationOptions Options(PresentedCertificate client) => new()
    {
        ServerCertificateContext = certificate.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        ClientCertificateRequired = _clientPolicy is not null,
        CertificateChainPolicy = _clientPolicy?.Clone(),
        RemoteCertificateValidationCallback = _clientPolicy is null ? null : client.Judge,
    };

    private static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
