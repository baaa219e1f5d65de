using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Negotiation.Tls;

/// <summary>What a client shows of itself in one handshake.</summary>
/// <param name="required">It must show a certificate: there is no other way to say who it is.</param>
internal sealed class PresentedCertificate(bool required)
{
    private const string CommonName = "2.5.4.3";

    /// <summary>The common name of its subject; null when it showed none.</summary>
    public string? User { get; private set; }

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

        User = errors == SslPolicyErrors.None && certificate is X509Certificate2 shown ? NameOf(shown.SubjectName) : null;
        Refused = User is null;
        return !Refused;
    }

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
