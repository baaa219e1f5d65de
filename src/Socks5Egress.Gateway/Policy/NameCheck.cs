using System.Net;

namespace Socks5Egress.Gateway.Policy;

/// <summary>What a destination is, by its text alone. The default value is a refusal.</summary>
/// <param name="Host">The name, lower case, without a trailing dot; or null.</param>
/// <param name="Address">The address, scope dropped and mapped form unwrapped; or null.</param>
/// <param name="Special">The rule that refuses this name unless an allow rule names it or its address; or null.</param>
/// <param name="Refusal">The rule that refuses it outright; set when it is neither a name nor an address.</param>
internal readonly record struct NameCheck(string? Host, IPAddress? Address, string? Special, string? Refusal)
{
    public static NameCheck Is(IPAddress address) => new(null, address, null, null);

    public static NameCheck Is(string host, string? special) => new(host, null, special, null);

    public static NameCheck Refused(string rule) => new(null, null, null, rule);
}
