using System.Net;

namespace Socks5Egress.Fly;

/// <summary>What Fly.io allocates and releases at a time.</summary>
/// <param name="IPv4">Null when the answer had none.</param>
/// <param name="IPv6">Null when the answer had none.</param>
/// <param name="Complaint">What Fly.io said besides: the change was made, but not as a whole.</param>
internal sealed record AddressPair(IPAddress? IPv4, IPAddress? IPv6, string? Complaint)
{
    /// <summary>Those that are there.</summary>
    public IEnumerable<IPAddress> Addresses => new[] { IPv4, IPv6 }.OfType<IPAddress>();
}
