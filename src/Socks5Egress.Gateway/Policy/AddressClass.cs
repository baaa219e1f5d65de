namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// What an address is for. Everything but <see cref="Public"/> is refused unless a rule names the address: the
/// name of the class, in kebab case, is the name of the rule that did it (<c>default:loopback</c>).
/// </summary>
internal enum AddressClass : byte
{
    /// <summary>A global unicast address.</summary>
    Public,

    /// <summary>0.0.0.0/8 and <c>::</c>. On Linux a connect to it reaches this machine.</summary>
    Unspecified,

    /// <summary>127.0.0.0/8 and <c>::1</c>.</summary>
    Loopback,

    /// <summary>RFC 1918: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16.</summary>
    Private,

    /// <summary>RFC 6598: 100.64.0.0/10, between a carrier and its customers.</summary>
    Shared,

    /// <summary>169.254.0.0/16 and fe80::/10; where clouds keep their metadata services.</summary>
    LinkLocal,

    /// <summary>168.63.129.16: a public address that inside one cloud is the host's own agent.</summary>
    CloudAgent,

    /// <summary>192.0.0.0/24 and 2001::/23 (RFC 6890, RFC 2928): Teredo, ORCHID, DS-Lite and their like.</summary>
    ProtocolAssignment,

    /// <summary>192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, 3fff::/20.</summary>
    Documentation,

    /// <summary>192.88.99.0/24 and 2002::/16: relayed to the IPv4 address that is inside.</summary>
    SixToFour,

    /// <summary>RFC 2544: 198.18.0.0/15.</summary>
    Benchmarking,

    /// <summary>224.0.0.0/4 and ff00::/8.</summary>
    Multicast,

    /// <summary>240.0.0.0/4, with the broadcast address.</summary>
    Reserved,

    /// <summary>fc00::/7.</summary>
    UniqueLocal,

    /// <summary>IPv6 outside 2000::/3 and without a class of its own: NAT64, SIIT, IPv4-compatible, site-local, unassigned.</summary>
    NotGlobal,

    /// <summary>An address of one of this machine's own interfaces, whatever else it is.</summary>
    OwnInterface,
}
