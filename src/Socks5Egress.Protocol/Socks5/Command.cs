namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// The CMD byte of RFC 1928 section 4. A client may send any other value: <see cref="ReplyCode.CommandNotSupported"/>.
/// </summary>
internal enum Command : byte
{
    /// <summary>No command: never legal on the wire.</summary>
    None = 0x00,

    /// <summary>01: dial the destination.</summary>
    Connect = 0x01,

    /// <summary>02: accept one connection from the destination.</summary>
    Bind = 0x02,

    /// <summary>03: relay datagrams.</summary>
    UdpAssociate = 0x03,
}
