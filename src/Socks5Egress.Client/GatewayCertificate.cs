using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Client;

/// <summary>Judges a gateway's certificate, and keeps in words what is wrong with it.</summary>
/// <param name="host">The name or address that the certificate must have.</param>
internal sealed class GatewayCertificate(string host)
{
    /// <summary>What is wrong and what to do, as the rest of a sentence that begins with "The certificate of the gateway G"; null: nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>A <see cref="RemoteCertificateValidationCallback"/>.</summary>
    public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            // A common name is no name of a server (RFC 9525 section 2)
            if (certificate is X509Certificate2 good && good.MatchesHostname(host, allowWildcards: true, allowCommonName: false)) return true;
            errors = SslPolicyErrors.RemoteCertificateNameMismatch;
        }

        Fault = certificate is X509Certificate2 shown ? FaultOf(shown, chain, errors) : "is missing: what listens there shows none; check host and port";
        return false;
    }

    private string FaultOf(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        // What is wrong with the certificate itself goes before whom it is from: no CA file mends an old one
        var found = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        if (found.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return IsOver(certificate)
                ? $"expired on {Day(certificate.NotAfter)}: its operator has to renew it"
                : $"is valid from {Day(certificate.NotBefore)} on: check this machine's clock";
        }

        if ((found & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            return certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
                ? "is self-signed and not trusted here: get it from its operator and name its file, socks5+tls://host:port?ca=FILE"
                : $"is from an authority that is not trusted here ({certificate.Issuer}): name the file of its certificate, socks5+tls://host:port?ca=FILE";
        }

        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"is not for '{host}' but for {Names(certificate)}: write the gateway by a name that the certificate has"
            : $"is not good ({found}): ask its operator";
    }

    private static bool IsOver(X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime() < TimeProvider.System.GetUtcNow().UtcDateTime;

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Take(5).ToList();
        return names.Count == 0 ? "no name at all (its subject alternative names count, not its common name)" : string.Join(", ", names);
    }
}
