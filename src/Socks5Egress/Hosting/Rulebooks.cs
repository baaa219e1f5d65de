using System.Net.Sockets;
using Socks5Egress.Dialing;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Negotiation;
using Socks5Egress.Negotiation.Users;
using Socks5Egress.Policy;

namespace Socks5Egress.Hosting;

/// <summary>From settings to what a reload swaps.</summary>
/// <param name="local">This machine's own endpoints.</param>
/// <param name="isProven">Whether a family leaves from where it should; null: nobody asks.</param>
internal sealed class Rulebooks(LocalEndpoints local, Func<AddressFamily, bool>? isProven = null)
{
    /// <summary>The rulebook of these settings. Its listeners are in the order of the settings, which is that of the openings.</summary>
    public Rulebook Of(GatewaySettings settings)
    {
        var users = settings.Users.Users.Count > 0 ? new UserVerifier(settings.Users.Users, PasswordHashes.Pbkdf2, Environment.ProcessorCount) : null;
        return new Rulebook
        {
            Policies = new PolicySet(Policy(settings.Policy, local)),
            WayOut = new WayOut(settings.Dial.Family, Sources(settings.Dial) with { IsProven = isProven }),
            Users = users,
            Listeners = [.. settings.Listeners.Select(listener => new ClientRules(listener.Protocols, listener.RequiresLogin ? users : null, listener.Clients)
            {
                RequiresProxyHeader = listener.RequiresProxyHeader,
            })],
        };
    }

    /// <summary>What judges destinations.</summary>
    public static EgressPolicy Policy(PolicySettings settings, LocalEndpoints local)
        => new(settings.Allow, settings.Deny, settings.Default, PolicyMode.Enforce, local);

    /// <summary>Where connections leave from.</summary>
    public static SourceAddresses Sources(DialSettings settings) => new(settings.BindIPv4, settings.BindIPv6);
}
