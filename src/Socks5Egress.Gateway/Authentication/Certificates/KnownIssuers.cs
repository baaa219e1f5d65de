using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Gateway.Authentication.Certificates;

/// <summary>
/// Certificates between clients' and the authorities', from chains that were proved. A session that is resumed brings the client's own certificate
/// only (OpenSSL keeps no more of it), and its chain has to be built again. They help to find a chain and vouch for nothing.
/// </summary>
internal sealed class KnownIssuers
{
    /// <summary>What an authority signs between itself and its clients is few; more than this are not remembered.</summary>
    private const int Most = 64;

    private readonly Lock _lock = new();
    private volatile X509Certificate2[] _known = [];

    /// <summary>Those that are remembered.</summary>
    public X509Certificate2[] All => _known;

    /// <summary>Remembers those between of a proved chain.</summary>
    /// <param name="chain">The client's own first, the root last.</param>
    public void Remember(X509Certificate2Collection chain)
    {
        for (var i = 1; i < chain.Count - 1; i++)
            if (!IsKnown(chain[i])) Add(chain[i]);
    }

    private void Add(X509Certificate2 issuer)
    {
        lock (_lock)
        {
            if (_known.Length < Most && !IsKnown(issuer)) _known = [.. _known, issuer];
        }
    }

    private bool IsKnown(X509Certificate2 issuer) =>
        _known.Any(known => known.RawDataMemory.Span.SequenceEqual(issuer.RawDataMemory.Span));
}
