namespace Socks5Egress.Gateway.Routing;

/// <summary>Which address family a target is dialled by.</summary>
internal enum AddressFamilyPreference : byte
{
    /// <summary>Happy Eyeballs (RFC 8305): both, IPv6 first, interleaved.</summary>
    Auto,

    /// <summary>All IPv4 addresses before any IPv6 one.</summary>
    PreferIPv4,

    /// <summary>All IPv6 addresses before any IPv4 one.</summary>
    PreferIPv6,

    /// <summary>IPv4 alone: an allow-list that knows only IPv4 must never see IPv6.</summary>
    IPv4,

    /// <summary>IPv6 alone.</summary>
    IPv6,
}
