using System.Net;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// The default table: which class an address belongs to, by its bytes alone. IPv4 is public unless a range says
/// otherwise (IANA's special-purpose registry). IPv6 is the other way round: only 2000::/3 is assigned for global
/// unicast, so whatever wraps an IPv4 address elsewhere (compatible, SIIT, NAT64, link-local ISATAP) is refused by construction.
/// </summary>
internal static class AddressTable
{
    /// <summary>The class of an address; scope dropped and mapped form unwrapped first.</summary>
    public static AddressClass Classify(IPAddress address) => Classify(AddressBits.Of(address));

    /// <summary>The class of an address.</summary>
    public static AddressClass Classify(AddressBits address) =>
        address.IsIPv4 ? ClassifyIPv4(address.IPv4) : ClassifyIPv6(address.Value);

    /// <summary>The name of a class, in kebab case.</summary>
    public static string Name(AddressClass kind) => kind switch
    {
        AddressClass.Public => "public",
        AddressClass.Unspecified => "unspecified",
        AddressClass.Loopback => "loopback",
        AddressClass.Private => "private",
        AddressClass.Shared => "shared",
        AddressClass.LinkLocal => "link-local",
        AddressClass.CloudAgent => "cloud-agent",
        AddressClass.ProtocolAssignment => "protocol-assignment",
        AddressClass.Documentation => "documentation",
        AddressClass.SixToFour => "6to4",
        AddressClass.Benchmarking => "benchmarking",
        AddressClass.Multicast => "multicast",
        AddressClass.Reserved => "reserved",
        AddressClass.UniqueLocal => "unique-local",
        AddressClass.NotGlobal => "not-global",
        AddressClass.OwnInterface => "own-interface",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A class without a name"),
    };

    private static AddressClass ClassifyIPv4(uint address) => (address >> 24) switch
    {
        0 => AddressClass.Unspecified,
        10 => AddressClass.Private,
        100 when In(address, 0x64400000, 10) => AddressClass.Shared,
        127 => AddressClass.Loopback,
        168 when address == 0xa83f8110 => AddressClass.CloudAgent,
        169 when In(address, 0xa9fe0000, 16) => AddressClass.LinkLocal,
        172 when In(address, 0xac100000, 12) => AddressClass.Private,
        192 when In(address, 0xc0000000, 24) => AddressClass.ProtocolAssignment,
        192 when In(address, 0xc0000200, 24) => AddressClass.Documentation,
        192 when In(address, 0xc0586300, 24) => AddressClass.SixToFour,
        192 when In(address, 0xc0a80000, 16) => AddressClass.Private,
        198 when In(address, 0xc6120000, 15) => AddressClass.Benchmarking,
        198 when In(address, 0xc6336400, 24) => AddressClass.Documentation,
        203 when In(address, 0xcb007100, 24) => AddressClass.Documentation,
        >= 240 => AddressClass.Reserved,
        >= 224 => AddressClass.Multicast,
        _ => AddressClass.Public,
    };

    private static AddressClass ClassifyIPv6(UInt128 address) => (ushort)(address >> 112) switch
    {
        // 2001::/23: the second group runs from 0000 to 01ff
        0x2001 when (ushort)(address >> 96) < 0x0200 => AddressClass.ProtocolAssignment,
        0x2001 when (ushort)(address >> 96) == 0x0db8 => AddressClass.Documentation,
        0x2002 => AddressClass.SixToFour,
        // 3fff::/20: the second group runs from 0000 to 0fff
        0x3fff when (ushort)(address >> 96) < 0x1000 => AddressClass.Documentation,
        >= 0x2000 and <= 0x3fff => AddressClass.Public,
        0 when address == UInt128.Zero => AddressClass.Unspecified,
        0 when address == UInt128.One => AddressClass.Loopback,
        >= 0xff00 => AddressClass.Multicast,
        >= 0xfe80 and <= 0xfebf => AddressClass.LinkLocal,
        >= 0xfc00 and <= 0xfdff => AddressClass.UniqueLocal,
        _ => AddressClass.NotGlobal,
    };

    private static bool In(uint address, uint network, int prefix) => (address ^ network) >> (32 - prefix) == 0;
}
