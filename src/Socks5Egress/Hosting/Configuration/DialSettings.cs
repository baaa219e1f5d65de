using System.Net;
using Socks5Egress.Dialing;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>How targets are resolved and dialled.</summary>
internal sealed record DialSettings
{
    /// <summary>The IPv4 address to leave from; null: the system's choice, unless only <see cref="BindIPv6"/> is set: then IPv4 is not used.</summary>
    public required IPAddress? BindIPv4 { get; init; }

    /// <summary>The IPv6 address to leave from; null: the system's choice, unless only <see cref="BindIPv4"/> is set: then IPv6 is not used.</summary>
    public required IPAddress? BindIPv6 { get; init; }

    /// <summary>Families and their order.</summary>
    public required FamilyPolicy Family { get; init; }

    /// <summary>The DNS server to ask; null: the system's.</summary>
    public required IPEndPoint? Resolver { get; init; }
}
