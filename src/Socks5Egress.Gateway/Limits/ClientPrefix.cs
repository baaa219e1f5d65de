using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Socks5Egress.Gateway.Limits;

/// <summary>Where a client comes from, for counting: an IPv4 address, or the /64 of an IPv6 one, which is what one machine can choose from.</summary>
internal readonly record struct ClientPrefix(UInt128 Bits)
{
    /// <summary>The source of an address; a mapped one is its IPv4 address.</summary>
    public static ClientPrefix Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6) bytes[8..].Clear();
        return new ClientPrefix(MemoryMarshal.Read<UInt128>(bytes));
    }

    /// <summary>Its neighbourhood, the addresses that one customer often has: the /24 of an IPv4 address, the /48 of an IPv6 one.</summary>
    public ClientPrefix Network
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            MemoryMarshal.Write(bytes, Bits);
            var isMapped = !bytes[..10].ContainsAnyExcept((byte)0) && bytes[10] == 0xFF && bytes[11] == 0xFF;
            bytes[(isMapped ? 15 : 6)..].Clear();
            return new ClientPrefix(MemoryMarshal.Read<UInt128>(bytes));
        }
    }
}
