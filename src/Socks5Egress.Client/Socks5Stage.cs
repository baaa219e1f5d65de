namespace Socks5Egress.Client;

/// <summary>How far a connection through a gateway got before it failed. In the order in which they happen.</summary>
public enum Socks5Stage
{
    /// <summary>Looking up the gateway's own name.</summary>
    Resolve = 0,

    /// <summary>Connecting to the gateway.</summary>
    Connect = 1,

    /// <summary>TLS with the gateway, where it is asked for.</summary>
    Secure = 2,

    /// <summary>Agreeing on an authentication method (RFC 1928 section 3).</summary>
    Negotiate = 3,

    /// <summary>User name and password (RFC 1929).</summary>
    Authenticate = 4,

    /// <summary>The request for the target, which the gateway resolves and dials (RFC 1928 section 4).</summary>
    Request = 5,
}
