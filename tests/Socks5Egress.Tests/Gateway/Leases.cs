using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Tests.Gateway;

/// <summary>Leases for tests of what publishes its grant in one.</summary>
internal static class Leases
{
    /// <summary>A lease of a client of this listener.</summary>
    public static Lease On(ListenerPolicy listener) => new CurrentSnapshot(new ConfigSnapshot
    {
        Policies = new PolicySet(new EgressPolicy([], [], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None)),
        WayOut = new EgressRoute(AddressFamilyPreference.Auto, default),
        Listeners = [listener],
    }).Register(new Grant(0), new Deaf());

    private sealed class Deaf : IGranted
    {
        public void Revoke()
        {
        }
    }
}
