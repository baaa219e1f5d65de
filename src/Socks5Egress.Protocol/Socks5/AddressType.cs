namespace Socks5Egress.Protocol.Socks5;

/// <summary>The ATYP byte of RFC 1928 sections 4 and 6. There is no 02.</summary>
internal enum AddressType : byte
{
    /// <summary>No address type: never on the wire.</summary>
    None = 0x00,

    /// <summary>01: four bytes.</summary>
    IPv4 = 0x01,

    /// <summary>03: one byte of length, then that many bytes of name without a NUL.</summary>
    DomainName = 0x03,

    /// <summary>04: sixteen bytes.</summary>
    IPv6 = 0x04,
}
