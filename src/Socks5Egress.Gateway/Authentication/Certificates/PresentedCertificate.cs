using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Gateway.Authentication.Certificates;

/// <summary>What a client shows of itself in one handshake.</summary>
/// <param name="required">It must show a certificate: there is no other way to say who it is.</param>
/// <param name="trust">Which certificates are a login, and whose.</param>
/// <param name="policy">The authorities that the handshake judges by; null where no certificate is asked for.</param>
/// <param name="issuers">Learns those between a client's certificate and its authority.</param>
internal sealed class PresentedCertificate(bool required, ClientTrust trust, X509ChainPolicy? policy, KnownIssuers issuers)
{
    /// <summary>Whose login it is, and the chain that proves it; null when it showed none.</summary>
    public CertificateLogin? Login { get; private set; }

    /// <summary>It showed none though it must, or one that is not trusted, is taken back, or is nobody's login.</summary>
    public bool Refused { get; private set; }

    /// <summary>A <see cref="RemoteCertificateValidationCallback"/>; the chain was built up to the CA of the settings.</summary>
    public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            Refused = required;
            return !required;
        }

        if (errors == SslPolicyErrors.None && chain is not null)
        {
            var copy = Copy(chain);
            if (trust.UserOf(copy, TimeProvider.System.GetUtcNow()) is { } user) Login = new CertificateLogin(user, copy, policy) { Subject = trust.Names.MatchOf(copy[0])?.Subject };
            if (Login is not null) issuers.Remember(copy);
        }

        Refused = Login is null;
        return !Refused;
    }

    // The handshake disposes its chain; the login outlives it
    private static X509Certificate2Collection Copy(X509Chain chain) =>
        [.. chain.ChainElements.Select(element => X509CertificateLoader.LoadCertificate(element.Certificate.RawDataMemory.Span))];
}
