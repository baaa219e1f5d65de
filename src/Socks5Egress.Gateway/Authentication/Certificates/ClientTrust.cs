using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Gateway.Authentication.Certificates;

/// <summary>Which certificates are a client's login, and whose. Immutable: a reload makes another one.</summary>
internal sealed class ClientTrust
{
    private const int ShortestRsaKey = 2048;
    private const int ShortestCurve = 256;

    /// <summary>Clients show no certificates.</summary>
    public static ClientTrust None { get; } = new() { Authorities = [], Names = CertificateNames.Any };

    /// <summary>Who vouches for clients; empty: clients show no certificates.</summary>
    public required X509Certificate2Collection Authorities { get; init; }

    /// <summary>Whose login a certificate is.</summary>
    public required CertificateNames Names { get; init; }

    /// <summary>What authorities have taken back; null: nobody keeps such a list.</summary>
    public IReadOnlyList<RevocationList>? Revoked { get; init; }

    /// <summary>The same for other accounts.</summary>
    public ClientTrust With(CertificateNames names) => new() { Authorities = Authorities, Names = names, Revoked = Revoked };

    /// <summary>The user whose login a certificate is, or null. That its chain leads to an authority was checked before.</summary>
    /// <param name="chain">The client's own, those between, and the root, which nobody but its file can take back.</param>
    /// <param name="now">The time.</param>
    public string? UserOf(X509Certificate2Collection chain, DateTimeOffset now)
    {
        var certificate = chain[0];
        if (!IsStrong(certificate) || IsAuthority(certificate)) return null;
        for (var i = 0; i < Math.Max(1, chain.Count - 1); i++)
            if (IsShort(chain[i]) || IsRevoked(chain[i], now)) return null;
        return Names.UserOf(certificate);
    }

    /// <summary>A list that is over, or none for an issuer where others have one, says nothing: then the certificate is not good.</summary>
    private bool IsRevoked(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (Revoked is null) return false;
        var issuer = Convert.ToHexString(certificate.IssuerName.RawData);
        var serial = RevocationList.Digits(certificate.SerialNumberBytes.Span);
        var current = Revoked.Where(list => list.Issuer == issuer && now < list.NextUpdate).ToList();
        return current.Count == 0 || current.Any(list => list.Serials.Contains(serial));
    }

    // Who may sign certificates would be able to make itself any user
    private static bool IsAuthority(X509Certificate2 certificate)
        => certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority);

    // Who can break the key of an authority between can make itself any user, too
    private static bool IsShort(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        return rsa is { KeySize: < ShortestRsaKey };
    }

    private static bool IsStrong(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null) return rsa.KeySize >= ShortestRsaKey;
        using var curve = certificate.GetECDsaPublicKey();
        return curve is { KeySize: >= ShortestCurve };
    }
}
