using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// A range of addresses with one prefix. A single address is a range of itself. An IPv6 range never holds an IPv4
/// address, not even <c>::/0</c>: the mapped form is unwrapped before anything is compared.
/// </summary>
/// <param name="Network">The first address; the bits behind the prefix are 0.</param>
/// <param name="Prefix">How many leading bits of the 128 count: 96 more than written for IPv4.</param>
internal readonly record struct Cidr(AddressBits Network, int Prefix)
{
    /// <summary>True for a range of IPv4 addresses.</summary>
    public bool IsIPv4 => Network.IsIPv4;

    /// <summary>The bits that count.</summary>
    public UInt128 Mask => MaskOf(Prefix);

    /// <summary>The range of one address.</summary>
    public static Cidr Of(IPAddress address) => new(AddressBits.Of(address), 128);

    /// <summary>The mask of a prefix of 0 to 128 bits.</summary>
    public static UInt128 MaskOf(int prefix) => prefix == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - prefix);

    /// <summary>True when the address has the prefix and is of the same family.</summary>
    public bool Contains(AddressBits address) => address.IsIPv4 == IsIPv4 && (address.Value & Mask) == Network.Value;

    /// <summary>
    /// Parses <c>ADDRESS</c> or <c>ADDRESS/PREFIX</c>. The error is a whole sentence that says the right spelling when
    /// there is one; it is null when the text has no address in front, and so may be something else.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Cidr range, out string? error)
    {
        range = default;
        error = null;
        var slash = text.IndexOf('/');
        if (!AddressLiteral.TryParse(slash < 0 ? text : text[..slash], out var address)) return false;
        if (address.IsIPv4MappedToIPv6)
        {
            error = $"{text} is an IPv4-mapped address: write {address.MapToIPv4()} (a prefix is then 96 less)";
            return false;
        }

        if (slash < 0)
        {
            range = Of(address);
            return true;
        }

        var (bits, offset) = address.AddressFamily == AddressFamily.InterNetwork ? (32, AddressBits.IPv4Offset) : (128, 0);
        var digits = text[(slash + 1)..];
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) || prefix > bits
            || (digits.Length > 1 && digits[0] == '0'))
        {
            error = $"'/{digits}' is no prefix of {address}: write /0 to /{bits}";
            return false;
        }

        var whole = AddressBits.Of(address);
        range = new Cidr(new AddressBits(whole.Value & MaskOf(prefix + offset)), prefix + offset);
        if (range.Network == whole) return true;
        error = $"{text} has bits set behind its prefix: write {range} for the range, or {address} for the one address";
        return false;
    }

    /// <summary>As it is written in a rule.</summary>
    public override string ToString()
    {
        var prefix = IsIPv4 ? Prefix - AddressBits.IPv4Offset : Prefix;
        return string.Create(CultureInfo.InvariantCulture, $"{Network.ToAddress()}/{prefix}");
    }
}
