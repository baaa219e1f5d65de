namespace Socks5Egress.Protocol.Http;

/// <summary>Options of Connection (RFC 9110 section 7.6.1) that a proxy acts on.</summary>
[Flags]
internal enum ConnectionOptions : byte
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>The connection closes behind this message.</summary>
    Close = 1,

    /// <summary>HTTP/1.0: it does not.</summary>
    KeepAlive = 2,

    /// <summary>Upgrade is meant for this proxy.</summary>
    Upgrade = 4,

    /// <summary>TE is meant for this proxy.</summary>
    Te = 8,
}
