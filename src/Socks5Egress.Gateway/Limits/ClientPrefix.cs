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
}
