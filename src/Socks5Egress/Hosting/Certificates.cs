using System.Collections.Concurrent;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Negotiation.Tls;

namespace Socks5Egress.Hosting;

/// <summary>The certificates of all listeners and static forwards, one a pair of files, as long as the process lives.</summary>
internal sealed class Certificates
{
    private readonly ConcurrentDictionary<(CertificateFiles Files, string? ClientCa), TlsServer> _servers = new();

    /// <summary>TLS of a listener; null where it is plain.</summary>
    public TlsServer? For(TlsSettings? settings) => settings is null
        ? null
        : _servers.GetOrAdd((settings.Files, settings.ClientCaFile), _ => new TlsServer(settings.Certificate, settings.ClientAuthorities));

    /// <summary>Puts what the files hold by now in the place of what they held.</summary>
    /// <param name="settings">Checked settings, just read.</param>
    /// <returns>The files whose certificate is another one.</returns>
    public IReadOnlyList<string> Renew(GatewaySettings settings)
    {
        var renewed = new List<string>();
        foreach (var tls in settings.Tls)
        {
            if (_servers.TryGetValue((tls.Files, tls.ClientCaFile), out var server) && server.Renew(tls.Certificate, tls.ClientAuthorities)
                && !renewed.Contains(tls.Files.Certificate)) renewed.Add(tls.Files.Certificate);
        }
        return renewed;
    }
}
