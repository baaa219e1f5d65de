using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Negotiation.Tls;

/// <summary>What a client shows of itself in one handshake.</summary>
/// <param name="required">It must show a certificate: there is no other way to say who it is.</param>
/// <param name="policy">The trust that the handshake judges by; null where no certificate is asked for.</param>
internal sealed class PresentedCertificate(bool required, X509ChainPolicy? policy)
{
    private const string CommonName = "2.5.4.3";

    /// <summary>Who it is, by the common name of its subject, and the chain that proves it; null when it showed none.</summary>
    public CertificateLogin? Login { get; private set; }

    /// <summary>It showed none though it must, or one that is not trusted or names nobody.</summary>
    public bool Refused { get; private set; }

    /// <summary>A <see cref="RemoteCertificateValidationCallback"/>; the chain was built up to the CA of the settings.</summary>
    public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            Refused = required;
            return !required;
        }

        var name = errors == SslPolicyErrors.None && certificate is X509Certificate2 shown ? NameOf(shown.SubjectName) : null;
        Login = name is null ? null : new CertificateLogin(name, Copy(chain!), policy);
        Refused = Login is null;
        return !Refused;
    }

    // The handshake disposes its chain; the login outlives it
    private static X509Certificate2Collection Copy(X509Chain chain) =>
        [.. chain.ChainElements.Select(element => X509CertificateLoader.LoadCertificate(element.Certificate.RawDataMemory.Span))];

    /// <summary>The one common name; null for none, an empty one, or several: which would be the user?</summary>
    public static string? NameOf(X500DistinguishedName subject)
    {
        string? name = null;
        foreach (var part in subject.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) return null;
            if (part.GetSingleElementType().Value != CommonName) continue;
            if (name is not null) return null;
            name = part.GetSingleElementValue();
        }

        return string.IsNullOrEmpty(name) ? null : name;
    }
}
