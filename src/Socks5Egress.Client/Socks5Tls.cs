namespace Socks5Egress.Client;

/// <summary>
/// TLS between us and a gateway: <c>socks5+tls://host:port[?ca=FILE][&amp;cert=FILE&amp;key=FILE]</c>. 1.2 or 1.3; the gateway's certificate must be
/// good and name the host that was asked for. Files are read for each connection, so that a renewed certificate counts at once.
/// </summary>
public sealed record Socks5Tls
{
    /// <summary>Authorities in PEM that alone are trusted, or the gateway's own certificate; null for those that this machine trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>Our certificate in PEM, with those between it and the root behind it; null to show none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its private key in PEM, not encrypted; null when there is none, or when it stands in <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }
}
