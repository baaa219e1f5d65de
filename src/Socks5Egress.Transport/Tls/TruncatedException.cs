namespace Socks5Egress.Transport.Tls;

/// <summary>A TLS connection ended below without a close-notify.</summary>
internal sealed class TruncatedException() : IOException("The connection ended without a close-notify.");
