using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Tests.Gateway.Resolving;
using Socks5Egress.Tests.Transport;

namespace Socks5Egress.Tests.Gateway;

/// <summary>What sessions over memory legs are served by: public addresses only, no names, all deadlines by one clock.</summary>
internal static class MemoryStages
{
    public static SessionServices Of(MemoryTransport transport, TimeProvider time, UserAuthenticator? users = null, ListenerPolicy? listener = null)
    {
        var rules = new CurrentSnapshot(new ConfigSnapshot
        {
            Policies = new PolicySet(new EgressPolicy([], [], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None)),
            // An egress address, so that BIND need not ask the system which one a peer would see
            WayOut = new EgressRoute(AddressFamilyPreference.Auto, new EgressAddresses(IPAddress.Parse("192.0.2.77"), null)),
            Limits = new SessionLimits(1, Pending: 2),
            Users = users,
            Listeners = [listener ?? new ListenerPolicy(ServedProtocols.All, users, []) { Commands = ServedCommands.Connect | ServedCommands.Bind }],
        });
        var hairpins = new Hairpins();
        return new SessionServices
        {
            Rules = rules,
            Hairpins = hairpins,
            Connector = new TargetConnector(rules, ScriptedLookups.Resolver(new ScriptedLookups(), time), new Dialer(transport, time), time, hairpins),
            RelayClock = new IdleTimeouts(TimeSpan.Zero, TimeSpan.FromSeconds(30)),
            HandshakeTimeout = TimeSpan.FromSeconds(10),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            Meters = new Meters(new TestMeterFactory()),
            Time = time,
            Logger = NullLogger.Instance,
        };
    }
}
