using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Negotiation.Tls;

/// <summary>TLS as a listener offers it: 1.2 and 1.3, never renegotiated, with the certificate that holds at the moment.</summary>
/// <param name="certificate">The certificate, with those between it and the root.</param>
/// <param name="clientAuthorities">Who may vouch for clients; empty: clients are not asked for certificates.</param>
internal sealed class TlsServer(SslStreamCertificateContext certificate, X509Certificate2Collection clientAuthorities)
{
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private volatile Held _held = new(certificate, clientAuthorities, null);

    /// <summary>Puts others in the place of both, for the handshakes that come.</summary>
    /// <returns>The certificate is another one.</returns>
    public bool Renew(SslStreamCertificateContext next, X509Certificate2Collection authorities)
    {
        var before = _held.Certificate.TargetCertificate;
        _held = new Held(next, authorities, _held);
        return !next.TargetCertificate.RawDataMemory.Span.SequenceEqual(before.RawDataMemory.Span);
    }

    /// <summary>Whether a client that shows no certificate is turned away: where there are no users, nothing else says who it is.</summary>
    public bool RequiresCertificate(ClientRules rules) => _held.ClientPolicy is not null && rules.Users is null;

    /// <summary>Whether a certificate that was proved once is still trusted: the chain is built again when the trust is another one.</summary>
    public bool Trusts(CertificateLogin login)
    {
        if (_held.ClientPolicy is not { } policy) return false;
        if (ReferenceEquals(policy, login.Policy)) return true;
        using var chain = new X509Chain { ChainPolicy = policy.Clone() };
        chain.ChainPolicy.ExtraStore.AddRange(login.Chain);
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        return chain.Build(login.Chain[0]);
    }

    /// <summary>What a client of one handshake has to show.</summary>
    public PresentedCertificate Expect(ClientRules rules) => new(RequiresCertificate(rules), _held.ClientPolicy);

    /// <summary>For one handshake.</summary>
    public SslServerAuthenticationOptions Options(PresentedCertificate client)
    {
        var held = _held;
        return new()
        {
            ServerCertificateContext = held.Certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ClientCertificateRequired = held.ClientPolicy is not null,
            CertificateChainPolicy = held.ClientPolicy?.Clone(),
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

    private sealed class Held(SslStreamCertificateContext certificate, X509Certificate2Collection clientAuthorities, Held? last)
    {
        public SslStreamCertificateContext Certificate { get; } = certificate;

        /// <summary>The same object as long as the authorities are the same: what was proved under it stays proved.</summary>
        public X509ChainPolicy? ClientPolicy { get; } = clientAuthorities.Count == 0 ? null
            : last?.ClientPolicy is { } policy && IsSame(policy.CustomTrustStore, clientAuthorities) ? policy : Policy(clientAuthorities);

        private static bool IsSame(X509Certificate2Collection one, X509Certificate2Collection other) =>
            one.Count == other.Count && one.Zip(other).All(pair => pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span));
    }
}
