using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Routing;

/// <summary>
/// The egress address of each family. When any is set, a family without one is not used: a connection that left from
/// the system's choice would be a connection from the wrong address.
/// </summary>
internal readonly record struct EgressAddresses(IPAddress? IPv4, IPAddress? IPv6)
{
    /// <summary>The system chooses, for both families.</summary>
    public bool Any => IPv4 is null && IPv6 is null;

    /// <summary>The address to leave from towards <paramref name="target"/>; null for the system's choice.</summary>
    public IPAddress? For(IPAddress target) => target.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6;

    /// <summary>Whether a family leaves from where it should, as far as that is known; null: nobody asks.</summary>
    public Func<AddressFamily, bool>? IsProven { get; init; }

    /// <summary>Whether targets of this family are dialled at all.</summary>
    public bool Uses(AddressFamily family) =>
        (Any || (family == AddressFamily.InterNetwork ? IPv4 : IPv6) is not null) && IsProven?.Invoke(family) != false;
}
