using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Socks5Egress.Protocol;

/// <summary>
/// The one parser of addresses in text. It takes the two forms that mean the same to everybody: four decimal
/// octets (RFC 3986 section 3.2.2, IPv4address) and RFC 4291 section 2.2. What the platform's parser and the C library
/// take besides (octal, hexadecimal, fewer parts, brackets, zones, blanks) is a way around a filter, and is refused.
/// </summary>
internal static class AddressLiteral
{
    // ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
    private const int MaxLength = 45;

    /// <summary>Parses an IPv4 or a zone-less IPv6 literal; the result is as written, a mapped address stays mapped.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var length = Parse(text, bytes);
        address = length == 0 ? null : new IPAddress(bytes[..length]);
        return address is not null;
    }

    /// <summary>
    /// The address rebuilt from its bytes: the scope id dropped, the IPv4-mapped form unwrapped. Two spellings of one
    /// address that connect to the same place are equal afterwards (<c>::1%1</c> is not <c>::1</c> for .NET, yet reaches it).
    /// </summary>
    public static IPAddress Canonical(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());
    }

    /// <summary>Parses a literal of ASCII bytes without allocating.</summary>
    /// <returns>The number of bytes of the address, 4 or 16; 0 when the text is no literal.</returns>
    internal static int Parse(ReadOnlySpan<byte> ascii, Span<byte> address)
    {
        if (ascii.Length > MaxLength) return 0;
        Span<char> text = stackalloc char[MaxLength];
        return Parse(text[..Encoding.Latin1.GetChars(ascii, text)], address);
    }

    /// <summary>The canonical address of 4 or 16 bytes in network order.</summary>
    internal static IPAddress FromBytes(ReadOnlySpan<byte> bytes) => Canonical(new IPAddress(bytes));

    private static int Parse(ReadOnlySpan<char> text, Span<byte> bytes) =>
        TryParseIPv4(text, bytes) ? 4 : TryParseIPv6(text, bytes) ? 16 : 0;

    private static bool TryParseIPv4(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        for (int i = 0; i < 4; i++)
        {
            if (i > 0)
            {
                if (text.IsEmpty || text[0] != '.') return false;
                text = text[1..];
            }

            int digits = 0, value = 0;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                // "0" is an octet, "00" and "01" are octal to some readers
                if (digits > 0 && value == 0) return false;
                value = (value * 10) + (text[digits++] - '0');
                if (value > byte.MaxValue) return false;
            }

            if (digits == 0) return false;
            bytes[i] = (byte)value;
            text = text[digits..];
        }

        return text.IsEmpty;
    }

    private static bool TryParseIPv6(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        int written = 0, gap = -1;
        if (text.StartsWith("::"))
        {
            gap = 0;
            text = text[2..];
        }

        while (!text.IsEmpty)
        {
            int digits = 0;
            while (digits < text.Length && char.IsAsciiHexDigit(text[digits])) digits++;
            if (digits < text.Length && text[digits] == '.')
            {
                // The quad takes two groups and stands at the end only
                if (written > bytes.Length - 4 || !TryParseIPv4(text, bytes[written..])) return false;
                written += 4;
                break;
            }

            if (digits is 0 or > 4 || written == bytes.Length) return false;
            BinaryPrimitives.WriteUInt16BigEndian(
                bytes[written..], ushort.Parse(text[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            written += 2;
            text = text[digits..];
            if (text.IsEmpty) break;
            if (text[0] != ':' || text.Length == 1) return false;
            text = text[1..];
            if (text[0] != ':') continue;
            if (gap >= 0) return false;
            gap = written;
            text = text[1..];
        }

        if (gap < 0) return written == bytes.Length;
        // "::" stands for one group of zeros or more
        if (written == bytes.Length) return false;
        var tail = bytes[gap..written];
        tail.CopyTo(bytes[(bytes.Length - tail.Length)..]);
        bytes[gap..(bytes.Length - tail.Length)].Clear();
        return true;
    }
}
