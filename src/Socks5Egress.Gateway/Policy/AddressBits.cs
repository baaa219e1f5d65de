using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// An address as the number rules are compared with: 128 bits, an IPv4 address in its mapped form. Two addresses that
/// connect to the same place are equal here: the scope id is gone, and mapped and plain IPv4 are one. (.NET's own
/// comparison keeps both apart, and <c>IPNetwork.Contains</c> ignores the scope.)
/// </summary>
internal readonly record struct AddressBits(UInt128 Value)
{
    /// <summary>How many bits stand in front of the 32 of an IPv4 address.</summary>
    public const int IPv4Offset = 96;

    /// <summary>True for an IPv4 address, also when it came as <c>::ffff:a.b.c.d</c>.</summary>
    public bool IsIPv4 => (Value >> 32) == 0xffff;

    /// <summary>The 32 bits of an IPv4 address.</summary>
    public uint IPv4 => (uint)Value;

    /// <summary>The bits of an address. Allocates nothing.</summary>
    public static AddressBits Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? OfIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new AddressBits(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>The bits of an IPv4 address, <c>0x7f000001</c> for 127.0.0.1.</summary>
    public static AddressBits OfIPv4(uint address) => new((UInt128)0xffff << 32 | address);

    /// <summary>The address again: IPv4 when it is one, else IPv6 without a scope.</summary>
    public IPAddress ToAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
    }
}
