namespace Socks5Egress.Protocol.Socks4;

/// <summary>The CD byte of a SOCKS4 request. A client may send any other value: it is answered with 5B.</summary>
internal enum Command : byte
{
    /// <summary>No command: never legal on the wire.</summary>
    None = 0x00,

    /// <summary>01: dial the destination.</summary>
    Connect = 0x01,

    /// <summary>02: accept one connection from the destination.</summary>
    Bind = 0x02,
}
