using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Protocol;

namespace Socks5Egress.Configuration;

/// <summary>Addresses and endpoints as they are written: <c>ADDR:PORT</c>, and <c>[ADDR]:PORT</c> for IPv6.</summary>
internal static class EndPointParser
{
    private const ushort DnsPort = 53;

    /// <summary><c>ADDR:PORT</c>; port 0 is legal.</summary>
    public static string? Parse(string text, out IPEndPoint? endpoint)
    {
        endpoint = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0) return NoEndPoint(text);
        if (!TryAddress(text.AsSpan(0, colon), bracketed: true, out var address)) return NoEndPoint(text);
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return $"'{text}' has no port from 0 to 65535 behind its last colon";
        endpoint = new IPEndPoint(address!, port);
        return null;
    }

    /// <summary><c>ADDR:PORT</c> to listen on, or <c>PORT</c> alone, which is on 127.0.0.1 as in a forward's LOCAL.</summary>
    public static string? ParseListen(string text, out IPEndPoint? endpoint)
    {
        if (text.Length == 0 || !text.All(char.IsAsciiDigit)) return Parse(text, out endpoint);
        endpoint = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? new IPEndPoint(IPAddress.Loopback, port) : null;
        return endpoint is null ? $"'{text}' is not a port from 0 to 65535" : null;
    }

    /// <summary><c>ADDR:PORT</c>, or <c>off</c>, which gives null.</summary>
    public static string? ParseOrOff(string text, out IPEndPoint? endpoint)
    {
        endpoint = null;
        if (text == "off") return null;
        return Parse(text, out endpoint) is { } error ? error + "; or write off" : null;
    }

    /// <summary><c>ADDR</c> or <c>ADDR:PORT</c> of a DNS server; the port is 53 when it is missing.</summary>
    public static string? ParseResolver(string text, out IPEndPoint? endpoint)
    {
        endpoint = null;
        if (TryAddress(text, bracketed: false, out var address) || TryAddress(text, bracketed: true, out address))
        {
            endpoint = new IPEndPoint(address!, DnsPort);
            return null;
        }
        var error = Parse(text, out endpoint);
        if (error is null && endpoint!.Port == 0) return $"'{text}' has port 0, where no server can be";
        return error is null ? null : $"'{text}' is not an ADDR or ADDR:PORT of a DNS server, such as 9.9.9.9 or [2620:fe::fe]:53";
    }

    /// <summary>An address that something can be bound to: no wildcard.</summary>
    public static string? ParseAddress(string text, out IPAddress? address)
    {
        if (!TryAddress(text, bracketed: false, out address))
            return $"'{text}' is not an IP address; write it without brackets, zone and port, such as 198.51.100.7 or 2001:db8::7";
        return IPAddress.Any.Equals(address) || IPAddress.IPv6Any.Equals(address)
            ? $"'{text}' names no address of this machine; leave the option out for the system's choice"
            : null;
    }

    /// <summary><c>ADDR:PORT</c>, with brackets around IPv6.</summary>
    public static string Format(IPEndPoint endpoint) => endpoint.ToString();

    // [v6] where a port follows, since its colons would swallow the port; bare elsewhere
    private static bool TryAddress(ReadOnlySpan<char> text, bool bracketed, out IPAddress? address)
    {
        var inBrackets = bracketed && text.Length > 2 && text[0] == '[' && text[^1] == ']';
        if (!AddressLiteral.TryParse(inBrackets ? text[1..^1] : text, out address)) return false;
        if (bracketed && inBrackets != (address.AddressFamily == AddressFamily.InterNetworkV6)) return false;
        address = AddressLiteral.Canonical(address);
        return true;
    }

    private static string NoEndPoint(string text)
        => $"'{text}' is not ADDR:PORT; write an IP address and a port, such as 127.0.0.1:1080 or [::1]:1080";
}
