using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Gateway.Authentication.Certificates;

/// <summary>Where a listener's certificate and its key lie, in PEM.</summary>
/// <param name="Certificate">The certificate, then those between it and the root, if any.</param>
/// <param name="Key">The private key, not encrypted.</param>
internal sealed record CertificateFiles(string Certificate, string Key)
{
    /// <summary>Makes what handshakes need of them.</summary>
    /// <param name="patience">How long reading may take.</param>
    /// <param name="context">What handshakes need; null when something is wrong.</param>
    /// <returns>Null, or what is wrong with which file and what to do. It never repeats what the files hold.</returns>
    public string? Load(FilePatience patience, out SslStreamCertificateContext? context)
    {
        context = null;
        return PrivateFile.ReadTrusted(Certificate, patience, out var certificate) ?? PrivateFile.Read(Key, patience, out var key) ?? Make(certificate, key, out context);
    }

    /// <summary>As <see cref="Load"/>, of what the files held when they were read.</summary>
    public string? Make(string certificate, string key, out SslStreamCertificateContext? context)
    {
        context = null;
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificate);
        }
        catch (CryptographicException)
        {
            chain.Clear();
        }

        if (chain.Count == 0) return $"'{Certificate}' holds no certificate in PEM; its first lines must be -----BEGIN CERTIFICATE-----";
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
            return $"the key in '{Key}' is encrypted; write it plain with 'openssl pkey', in a file that only the gateway may read";
        try
        {
            var own = X509Certificate2.CreateFromPem(certificate, key);
            chain[0].Dispose();
            chain.RemoveAt(0);
            context = SslStreamCertificateContext.Create(own, chain, offline: true);
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return $"the key in '{Key}' is none in PEM, or not that of the first certificate in '{Certificate}'";
        }
    }
}
