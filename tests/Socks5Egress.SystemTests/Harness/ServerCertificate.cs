using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A self-signed certificate for localhost, 127.0.0.1 and db.example.com, as files <c>server.crt</c> and <c>server.key</c>.</summary>
internal static class ServerCertificate
{
    /// <param name="folder">Where the files go.</param>
    /// <param name="rsa">RSA of 2,048 bits, whose handshakes cost a server most; else P-256.</param>
    /// <param name="more">Names beside the usual ones.</param>
    public static void Write(TemporaryFolder folder, bool rsa = false, params string[] more)
    {
        using AsymmetricAlgorithm key = rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A name of its own: a client that trusts several servers' certificates must be able to tell them apart
        var name = "CN=localhost, OU=" + Path.GetFileName(folder.Path);
        var request = key is RSA secret
            ? new CertificateRequest(name, secret, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(name, (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName("db.example.com");
        foreach (var own in more) names.AddDnsName(own);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        folder.Write("server.crt", certificate.ExportCertificatePem());
        folder.WriteSecret("server.key", key.ExportPkcs8PrivateKeyPem());
    }
}
