using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Gateway.Authentication.Certificates;

/// <summary>TLS as a listener offers it: 1.2 and 1.3, never renegotiated, with the certificate that holds at the moment.</summary>
/// <param name="certificate">The certificate, with those between it and the root.</param>
/// <param name="trust">Which certificates of clients are a login.</param>
internal sealed class TlsServer(SslStreamCertificateContext certificate, ClientTrust trust)
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    // Without the suites of TLS 1.2 that encrypt block by block and add a MAC afterwards
    private const string OpensslSuites = "ECDHE+AESGCM:ECDHE+CHACHA20:!PSK:!aNULL";

    // The same, handshake by handshake, where OpenSSL cannot be told. Windows has them chosen for the whole machine
    private static readonly CipherSuitesPolicy? Suites = OperatingSystem.IsLinux()
        ? new([
            TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ])
        : null;

    private volatile Held _held = new(certificate, trust, null);

    /// <summary>Puts others in the place of both, for the handshakes that come.</summary>
    /// <returns>The certificate is another one.</returns>
    public bool Renew(SslStreamCertificateContext next, ClientTrust trusted)
    {
        var before = _held.Certificate.TargetCertificate;
        _held = new Held(next, trusted, _held);
        return !next.TargetCertificate.RawDataMemory.Span.SequenceEqual(before.RawDataMemory.Span);
    }

    /// <summary>Whether a client that shows no certificate is turned away: where there are no users, nothing else says who it is.</summary>
    public bool RequiresCertificate(bool asksLogin) => _held.ClientPolicy is not null && !asksLogin;

    /// <summary>
    /// Whether a certificate that was proved once is still trusted, and still that user's login: the chain is built again when the authorities are others.
    /// </summary>
    public bool Trusts(CertificateLogin login)
    {
        var held = _held;
        return held.ClientPolicy is { } policy && LeadsTo(policy, login) && held.Trust.UserOf(login.Chain, TimeProvider.System.GetUtcNow()) == login.User;
    }

    private static bool LeadsTo(X509ChainPolicy policy, CertificateLogin login)
    {
        if (ReferenceEquals(policy, login.Policy)) return true;
        using var chain = new X509Chain { ChainPolicy = policy.Clone() };
        chain.ChainPolicy.ExtraStore.AddRange(login.Chain);
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        return chain.Build(login.Chain[0]);
    }

    /// <summary>What a client of one handshake has to show.</summary>
    public PresentedCertificate Expect(bool asksLogin)
    {
        var held = _held;
        return new PresentedCertificate(RequiresCertificate(asksLogin), held.Trust, held.ClientPolicy, held.Issuers);
    }

    /// <summary>For one handshake.</summary>
    public SslServerAuthenticationOptions Options(PresentedCertificate client)
    {
        var held = _held;
        return new()
        {
            ServerCertificateContext = held.Certificate,
            EnabledSslProtocols = Protocols,
            AllowRenegotiation = false,
            CipherSuitesPolicy = held.Suites is null ? Suites : null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ClientCertificateRequired = held.ClientPolicy is not null,
            CertificateChainPolicy = held.ChainPolicy(),
            RemoteCertificateValidationCallback = held.ClientPolicy is null ? null : client.Judge,
        };
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private sealed class Held(SslStreamCertificateContext certificate, ClientTrust trust, Held? last)
    {
        public SslStreamCertificateContext Certificate { get; } = certificate;

        /// <summary>Keeps the restricted suites; null where every handshake names them.</summary>
        public IDisposable? Suites { get; } = TlsSuites.Restrict(
            new() { ServerCertificateContext = certificate, EnabledSslProtocols = Protocols }, OpensslSuites);

        public ClientTrust Trust { get; } = trust;

        /// <summary>The same object as long as the authorities are the same: what was proved under it stays proved.</summary>
        public X509ChainPolicy? ClientPolicy { get; } = trust.Authorities.Count == 0 ? null
            : last?.ClientPolicy is { } policy && IsSame(policy.CustomTrustStore, trust.Authorities) ? policy : Policy(trust.Authorities);

        /// <summary>What stands between clients and the authorities, as far as it was seen.</summary>
        public KnownIssuers Issuers { get; } = last?.Issuers ?? new();

        /// <summary>For one handshake.</summary>
        public X509ChainPolicy? ChainPolicy()
        {
            var policy = ClientPolicy?.Clone();
            policy?.ExtraStore.AddRange(Issuers.All);
            return policy;
        }

        private static bool IsSame(X509Certificate2Collection one, X509Certificate2Collection other) =>
            one.Count == other.Count && one.Zip(other).All(pair => pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span));
    }
}
