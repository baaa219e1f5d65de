namespace Socks5Egress.Protocol.Socks5;

/// <summary>The REP byte of RFC 1928 section 6. 09 to FF are unassigned; a client reads them as a failure.</summary>
public enum ReplyCode : byte
{
    /// <summary>00: succeeded.</summary>
    Succeeded = 0x00,

    /// <summary>01: general SOCKS server failure.</summary>
    GeneralFailure = 0x01,

    /// <summary>02: connection not allowed by ruleset.</summary>
    NotAllowedByRuleset = 0x02,

    /// <summary>03: network unreachable.</summary>
    NetworkUnreachable = 0x03,

    /// <summary>04: host unreachable.</summary>
    HostUnreachable = 0x04,

    /// <summary>05: connection refused.</summary>
    ConnectionRefused = 0x05,

    /// <summary>06: TTL expired.</summary>
    TtlExpired = 0x06,

    /// <summary>07: command not supported.</summary>
    CommandNotSupported = 0x07,

    /// <summary>08: address type not supported.</summary>
    AddressTypeNotSupported = 0x08,
}
