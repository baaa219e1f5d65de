using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>A TLS handshake, and whether the certificate is one that a client which checks the name would take.</summary>
internal sealed class TlsHello(CheckTarget target)
{
    private SslPolicyErrors _errors;
    private string? _chainFault;

    /// <summary>Does the step <c>tls</c>.</summary>
    /// <returns>The encrypted stream, or null when the step found fault.</returns>
    public async Task<Stream?> RunAsync(Steps steps, Stream plain)
    {
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        return await steps.DoAsync("tls", async token =>
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = target.Host,
                RemoteCertificateValidationCallback = Note,
            }, token);
            return Judge(tls);
        }) ? tls : null;
    }

    // Nothing secret is sent before the certificate is judged, and nothing at all when it does not do: what is wrong with it is the answer
    private bool Note(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _errors = errors;
        _chainFault = chain?.ChainStatus.FirstOrDefault(status => status.Status != X509ChainStatusFlags.NoError).StatusInformation?.Trim().TrimEnd('.');
        return certificate is not null;
    }

    private Finding Judge(SslStream tls)
    {
        var text = tls.SslProtocol.ToString().Replace("Tls1", "TLS 1.", StringComparison.Ordinal).TrimEnd('.');
        if (tls.RemoteCertificate is not X509Certificate2 certificate) return new Finding(text, "The server showed no certificate: check that it is set up for TLS.");
        if ((_errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
            return new Finding(text, $"The certificate is for {Names(certificate)}, not for {target.Host}: connect by a name that it has, or have it issued for {target.Host}.");
        if (_errors != SslPolicyErrors.None)
            return new Finding(text, $"The certificate of {target.Host} is not trusted here ({_chainFault ?? "no chain"}): name the file of its issuer in SSL_CERT_FILE, or have it renewed.");
        return new Finding($"{text}, certificate until {certificate.NotAfter:yyyy-MM-dd}");
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString()))).Take(5).ToList();
        return names.Count > 0 ? string.Join(", ", names) : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }
}
