using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Tests.Gateway.Handshake.Tls;

/// <summary>Certificates made for one test.</summary>
internal static class MadeCertificates
{
    public static (string Certificate, string Key) Pem(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
