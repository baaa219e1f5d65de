namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// The METHOD byte of RFC 1928 section 3. 03 to 7F are assigned by IANA, 80 to FE are private; a client may
/// offer any of them, so a value outside this list is ordinary.
/// </summary>
internal enum AuthMethod : byte
{
    /// <summary>00: no authentication required.</summary>
    None = 0x00,

    /// <summary>01: GSSAPI (RFC 1961). Compliance with RFC 1928 asks for it; no client in use does.</summary>
    GssApi = 0x01,

    /// <summary>02: user name and password (RFC 1929).</summary>
    UserPassword = 0x02,

    /// <summary>
    /// E0, private: as <see cref="None"/>, and the server that chooses it takes a client's messages without waiting for its own answers in between. What
    /// follows a refused message is discarded.
    /// </summary>
    Pipelined = 0xE0,

    /// <summary>E2, private: as <see cref="UserPassword"/>, with what <see cref="Pipelined"/> promises.</summary>
    PipelinedUserPassword = 0xE2,

    /// <summary>FF: none of the methods offered is acceptable; the client must close.</summary>
    NoneAcceptable = 0xFF,
}
