using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A certificate of a test and the two files it lies in.</summary>
internal sealed record MadeCertificate(string File, string KeyFile, X509Certificate2 Certificate);

/// <summary>An authority for one test, and what it issues.</summary>
internal sealed class Certificates : IDisposable
{
    private static int _authorities;

    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _root;
    private int _made;

    public Certificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Test authority {Interlocked.Increment(ref _authorities)}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(DaysFromNow(-30), DaysFromNow(30));
        AuthorityFile = _folder.Write("ca.pem", _root.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile { get; }

    /// <summary>A good certificate for localhost and 127.0.0.1.</summary>
    public MadeCertificate Server(string name = "localhost", int validDays = 20) => Issue("CN=gateway", name, validDays, selfSigned: false);

    /// <summary>The same with an RSA key.</summary>
    public MadeCertificate RsaServer()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=gateway", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return Issue(request, key);
    }

    /// <summary>One that has its name in the subject alone (RFC 9525 section 2).</summary>
    public MadeCertificate CommonNameServer(string name = "localhost")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue(new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256), key);
    }

    /// <summary>One for a client that may sign certificates itself.</summary>
    public MadeCertificate AuthorityClient(string user)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={user}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return Issue(request, key);
    }

    /// <summary>One for a client with an RSA key of this length.</summary>
    public MadeCertificate RsaClient(string user, int bits)
    {
        using var key = RSA.Create(bits);
        return Issue(new CertificateRequest($"CN={user}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), key);
    }

    /// <summary>One that nobody vouches for.</summary>
    public MadeCertificate SelfSigned() => Issue("CN=alone", "localhost", 20, selfSigned: true);

    /// <summary>One for a client.</summary>
    public MadeCertificate Client(string user) => Issue($"CN={user}, O=Example", null, 20, selfSigned: false);

    /// <summary>One for a client that a URI names beside its common name, as SPIFFE does.</summary>
    public MadeCertificate UriClient(string name, string uri)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(uri));
        request.CertificateExtensions.Add(names.Build());
        return Issue(request, key);
    }

    /// <summary>One for a client that an authority between has issued, and that one's certificate.</summary>
    public (MadeCertificate Client, string Between) ClientThroughAnother(string user)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Between", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issued = request.Create(_root, DaysFromNow(-25), DaysFromNow(20), BitConverter.GetBytes(++_made + 1));
        using var between = issued.CopyWithPrivateKey(key);
        return (Issue($"CN={user}, O=Example", null, 19, selfSigned: false, between), _folder.Write("between.pem", issued.ExportCertificatePem()));
    }

    /// <summary>The same, the one between having an RSA key of this length.</summary>
    public (MadeCertificate Client, string Between) ClientThroughRsa(string user, int bits)
    {
        using var key = RSA.Create(bits);
        var request = new CertificateRequest($"CN=Between {bits}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var between = Issue(request, key);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = new CertificateRequest($"CN={user}", own, HashAlgorithmName.SHA256).Create(
            between.Certificate.SubjectName, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1), DaysFromNow(-20), DaysFromNow(19), BitConverter.GetBytes(++_made));
        var client = new MadeCertificate(
            _folder.Write($"through{bits}.pem", issued.ExportCertificatePem()), _folder.WriteSecret($"through{bits}.key", own.ExportPkcs8PrivateKeyPem()), issued.CopyWithPrivateKey(own));
        return (client, between.File);
    }

    /// <summary>A configuration whose accounts are these names.</summary>
    public string Accounts(params string[] names) =>
        _folder.Write("accounts.json", $$"""{ "Accounts": { {{string.Join(", ", names.Select(name => $"\"{name}\": {{}}"))}} } }""");

    /// <summary>A configuration of one account that a certificate's own name leads to.</summary>
    public string AccountOf(string account, string certificate) =>
        _folder.Write("accounts.json", $$"""{ "Accounts": { "{{account}}": { "Certificate": "{{certificate}}" } } }""");

    /// <summary>The authority's list of what it has taken back.</summary>
    public string Revoked(params MadeCertificate[] certificates)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var certificate in certificates) builder.AddEntry(certificate.Certificate);
        var list = builder.Build(_root, ++_made, DaysFromNow(7), HashAlgorithmName.SHA256);
        return _folder.Write("revoked.pem", new string(PemEncoding.Write("X509 CRL", list)));
    }

    /// <summary>Puts one in the place of another.</summary>
    public static void Replace(MadeCertificate old, MadeCertificate next)
    {
        File.Copy(next.KeyFile, old.KeyFile, overwrite: true);
        File.Copy(next.File, old.File, overwrite: true);
    }

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }

    private MadeCertificate Issue(string subject, string? name, int validDays, bool selfSigned, X509Certificate2? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(name is null ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1")], false));
        if (name is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            if (name == "localhost") names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        var made = ++_made;
        using var issued = selfSigned
            ? request.CreateSelfSigned(DaysFromNow(-25), DaysFromNow(validDays))
            : request.Create(issuer ?? _root, DaysFromNow(-25), DaysFromNow(validDays), BitConverter.GetBytes(made + 1));
        var certificate = selfSigned ? new X509Certificate2(issued) : issued.CopyWithPrivateKey(key);
        return new MadeCertificate(
            _folder.Write($"{made}.pem", issued.ExportCertificatePem()), _folder.WriteSecret($"{made}.key", key.ExportPkcs8PrivateKeyPem()), certificate);
    }

    private MadeCertificate Issue(CertificateRequest request, AsymmetricAlgorithm key)
    {
        var made = ++_made;
        using var issued = request.Create(
            _root.SubjectName, X509SignatureGenerator.CreateForECDsa(_root.GetECDsaPrivateKey()!), DaysFromNow(-25), DaysFromNow(20), BitConverter.GetBytes(made + 1));
        return new MadeCertificate(
            _folder.Write($"{made}.pem", issued.ExportCertificatePem()), _folder.WriteSecret($"{made}.key", key.ExportPkcs8PrivateKeyPem()),
            key is RSA rsa ? issued.CopyWithPrivateKey(rsa) : issued.CopyWithPrivateKey((ECDsa)key));
    }

    private static DateTimeOffset DaysFromNow(int days) => TimeProvider.System.GetUtcNow().AddDays(days);
}
