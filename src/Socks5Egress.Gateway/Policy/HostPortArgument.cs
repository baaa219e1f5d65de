using System.Globalization;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Policy;

/// <summary>HOST:PORT as a person writes it. The host is taken as a client would send it, however odd: what becomes of it is the question.</summary>
internal static class HostPortArgument
{
    /// <returns>Null, or what is wrong.</returns>
    public static string? Parse(string text, out Destination destination)
    {
        destination = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || colon > byte.MaxValue || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return $"'{text}' is not HOST:PORT, such as db.example.com:5432 or [2001:db8::7]:443";
        var host = text[..colon];
        var inBrackets = host is ['[', .., ']'];
        destination = AddressLiteral.TryParse(inBrackets ? host.AsSpan(1, host.Length - 2) : host, out var address)
            ? Destination.Of(address, port)
            : Destination.Of(host, port);
        return null;
    }
}
