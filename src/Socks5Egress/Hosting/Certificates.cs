using System.Collections.Concurrent;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication.Certificates;

namespace Socks5Egress.Hosting;

/// <summary>The certificates of all listeners and static forwards, one a pair of files, as long as the process lives.</summary>
internal sealed class Certificates
{
    private readonly ConcurrentDictionary<(CertificateFiles Files, string? ClientCa, bool TakesAny, string? Crl), TlsServer> _servers = new();

    /// <summary>TLS of a listener; null where it is plain.</summary>
    /// <param name="tls">Its own settings.</param>
    /// <param name="settings">All of them, for whose certificates log in.</param>
    public TlsServer? For(TlsSettings? tls, GatewaySettings settings) => tls is null
        ? null
        : _servers.GetOrAdd(Key(tls), _ => new TlsServer(tls.Certificate, tls.Trust(settings.Accounts, settings.Users.Users)));

    /// <summary>Puts what the files hold by now in the place of what they held.</summary>
    /// <param name="settings">Checked settings, just read.</param>
    /// <returns>The files whose certificate is another one.</returns>
    public IReadOnlyList<string> Renew(GatewaySettings settings)
    {
        var renewed = new List<string>();
        foreach (var tls in settings.Tls)
        {
            if (_servers.TryGetValue(Key(tls), out var server) && server.Renew(tls.Certificate, tls.Trust(settings.Accounts, settings.Users.Users))
                && !renewed.Contains(tls.Files.Certificate)) renewed.Add(tls.Files.Certificate);
        }
        return renewed;
    }

    private static (CertificateFiles Files, string? ClientCa, bool TakesAny, string? Crl) Key(TlsSettings tls) =>
        (tls.Files, tls.ClientCaFile, tls.TakesAnyUser, tls.ClientCrlFile);
}
