using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Negotiation.Tls;

namespace Socks5Egress.Hosting;

/// <summary>The certificates of all listeners, one watch a pair of files, over every reload and as long as the process lives.</summary>
internal sealed class Certificates(ILogger logger, TimeProvider time)
{
    private readonly ConcurrentDictionary<CertificateFiles, CertificateSource> _sources = new();

    /// <summary>TLS of a listener; null where it is plain.</summary>
    public TlsServer? For(TlsSettings? settings) => settings is null
        ? null
        : new TlsServer(_sources.GetOrAdd(settings.Files, files => Watch(files, settings)), settings.ClientAuthorities);

    private CertificateSource Watch(CertificateFiles files, TlsSettings settings) => new(files, settings.Certificate, problem =>
    {
        if (problem is null) Log.CertificateChanged(logger, files.Certificate);
        else Log.CertificateRefused(logger, files.Certificate, problem);
    }, time);
}
