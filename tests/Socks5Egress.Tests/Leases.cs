using Socks5Egress.Dialing;
using Socks5Egress.Grants;
using Socks5Egress.Negotiation;
using Socks5Egress.Policy;

namespace Socks5Egress.Tests;

/// <summary>Leases for tests of what publishes its grant in one.</summary>
internal static class Leases
{
    /// <summary>A lease of a client of this listener.</summary>
    public static Lease On(ClientRules listener) => new LiveRules(new Rulebook
    {
        Policies = new PolicySet(new EgressPolicy([], [], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None)),
        WayOut = new WayOut(FamilyPolicy.Auto, default),
        Listeners = [listener],
    }).Register(new Grant(0), new Deaf());

    private sealed class Deaf : IGranted
    {
        public void Revoke()
        {
        }
    }
}
