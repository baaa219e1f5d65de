using System.Collections.Immutable;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// The IPv4 addresses inside IPv6 ones: something on the way unpacks them, so that a rule about the IPv6 range must not lead where the IPv4
/// rules forbid. NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380), SIIT (RFC 2765) and IPv4-compatible addresses.
/// </summary>
/// <param name="prefixes">Network-specific NAT64 prefixes beside the well-known one.</param>
internal sealed class EmbeddedIPv4(ImmutableArray<Cidr> prefixes)
{
    /// <summary>The most that one address can hold.</summary>
    public const int Most = 8;

    /// <summary>The lengths that RFC 6052 section 2.2 allows.</summary>
    public static readonly ImmutableArray<int> PrefixLengths = [32, 40, 48, 56, 64, 96];

    private static readonly UInt128 WellKnown = (UInt128)0x0064ff9b_00000000 << 64;
    private static readonly UInt128 LocalUse = (UInt128)0x0064ff9b_00010000 << 64;

    /// <summary>Without prefixes of its own.</summary>
    public static EmbeddedIPv4 Default { get; } = new([]);

    /// <summary>Finds them. Allocates nothing.</summary>
    /// <param name="address">An IPv6 address.</param>
    /// <param name="found">Room for <see cref="Most"/>.</param>
    /// <returns>How many there are.</returns>
    public int Find(AddressBits address, Span<AddressBits> found)
    {
        var count = 0;
        if (address.IsIPv4) return 0;
        foreach (var prefix in prefixes)
        {
            if (count < Most && prefix.Contains(address)) found[count++] = At(address.Value, prefix.Prefix);
        }
        if (count > 0) return count;

        var value = address.Value;
        if (value >> 32 == WellKnown >> 32) found[count++] = At(value, 96);
        else if (value >> 80 == LocalUse >> 80)
        {
            // Any translator's prefix may lie in there. An address of 0.0.0.0/8 is no reading: nobody can be sent there
            foreach (var length in PrefixLengths)
                if (length >= 48 && At(value, length) is var read && read.IPv4 >> 24 != 0) found[count++] = read;
        }
        else if (value >> 112 == 0x2002) found[count++] = AddressBits.OfIPv4((uint)(value >> 80));
        else if (value >> 96 == 0x20010000)
        {
            found[count++] = AddressBits.OfIPv4((uint)(value >> 64));
            found[count++] = AddressBits.OfIPv4(~(uint)value);
        }
        else if (value >> 32 == 0xffff0000) found[count++] = At(value, 96);
        else if (value >> 32 == 0 && (uint)value >> 24 != 0) found[count++] = At(value, 96);
        return count;
    }

    // Behind a short prefix the octet from bit 64 on is no part of it
    private static AddressBits At(UInt128 value, int prefix)
    {
        if (prefix == 96) return AddressBits.OfIPv4((uint)value);
        var (high, low) = ((ulong)(value >> 64), (ulong)value & 0x00ffffff_ffffffff);
        return AddressBits.OfIPv4((uint)((((UInt128)high << 56) | low) >> (120 - prefix - 32)));
    }
}
