namespace Socks5Egress.Dialing;

/// <summary>Which address families are dialled, and in what order.</summary>
internal enum FamilyPolicy : byte
{
    /// <summary>Happy Eyeballs (RFC 8305): both, interleaved, IPv6 first.</summary>
    Auto,

    /// <summary>IPv4 addresses first, IPv6 ones behind them.</summary>
    PreferIPv4,

    /// <summary>IPv6 addresses first, IPv4 ones behind them.</summary>
    PreferIPv6,

    /// <summary>IPv4 only.</summary>
    IPv4,

    /// <summary>IPv6 only.</summary>
    IPv6,
}
