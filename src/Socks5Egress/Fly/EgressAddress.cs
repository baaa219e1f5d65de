using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Identity;

namespace Socks5Egress.Fly;

/// <summary>One static address that Machines leave from.</summary>
/// <param name="Id">Fly.io's own name for it.</param>
/// <param name="Address">The address; its family is what an allow-list has to name.</param>
/// <param name="Region">Where it is used: Machines of another region leave from somewhere else.</param>
/// <param name="Machine">The Machine it belongs to and dies with (deprecated), or null: it belongs to the app and the region.</param>
/// <param name="UpdatedAt">When it last changed hands, or null when unknown.</param>
internal sealed record EgressAddress(string Id, IPAddress Address, string Region, string? Machine, DateTimeOffset? UpdatedAt)
{
    /// <summary>Whether it is deprecated: lost with its Machine, and preferred over the app's while the Machine has it.</summary>
    public bool IsMachineScoped => Machine is not null;

    /// <summary>4 or 6.</summary>
    public int Version => Address.AddressFamily == AddressFamily.InterNetwork ? 4 : 6;

    /// <summary>As an allow-list writes it: one address.</summary>
    public string Cidr => AllowListLines.Cidr(Address);
}
