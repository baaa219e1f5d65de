using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Compare.Proxies;

/// <summary>The certificate that every proxy with TLS shows: ECDSA on P-256, signed by itself.</summary>
internal static class ServerCertificate
{
    /// <summary>The file in this folder, with the key behind the certificate; made at the first call.</summary>
    public static string In(string folder)
    {
        string file = Path.Combine(folder, "certificate.pem");
        if (File.Exists(file)) return file;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        // The folder is the run's own, and nobody else may look into it
        File.WriteAllText(file, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        // The gateway refuses a key that everybody can read
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
