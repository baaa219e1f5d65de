namespace Socks5Egress.Fly;

/// <summary>One address that the app is reached at.</summary>
/// <param name="Address">As Fly.io gives it.</param>
/// <param name="Type"><c>v4</c>, <c>v6</c>, <c>shared_v4</c> or <c>private_v6</c>.</param>
/// <param name="Region">Where, or empty: everywhere.</param>
internal sealed record IngressAddress(string Address, string Type, string Region)
{
    /// <summary>Anything but a Flycast address is reachable by the whole internet as soon as there is a service. A type not known yet counts as public.</summary>
    public bool IsPublic => Type != "private_v6";
}
