using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Configuration;

/// <summary>Networks as they are written: <c>ADDR/BITS</c>, or one address alone.</summary>
internal static class NetworkParser
{
    /// <inheritdoc cref="TextParser{T}"/>
    public static string? Parse(string text, out Cidr network)
        => Cidr.TryParse(text, out network, out var error)
            ? null
            : error ?? $"'{text}' is not a CIDR; write a network such as 10.0.0.0/8 or fd00::/8, or one address";
}
