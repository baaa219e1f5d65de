using System.Globalization;
using System.Text;
using Socks5Egress.Protocol;

namespace Socks5Egress.Client;

/// <summary>Turns what a caller names into what goes on the wire: an address only when it is written as one, else the name.</summary>
internal static class Targets
{
    /// <exception cref="ArgumentException">The name is empty or longer than 255 bytes, or is no legal international name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is none.</exception>
    public static Destination Of(string host, int port)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        if (AddressLiteral.TryParse(host, out var address)) return Destination.Of(address, (ushort)port);

        var name = Ascii.IsValid(host) ? host : new IdnMapping().GetAscii(host);
        if (name.Length > byte.MaxValue)
            throw new ArgumentException("A name in SOCKS5 has at most 255 bytes (RFC 1928 section 5).", nameof(host));
        return Destination.Of(name, (ushort)port);
    }
}
