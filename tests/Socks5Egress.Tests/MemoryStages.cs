using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Socks5Egress.Accounting;
using Socks5Egress.Admission;
using Socks5Egress.Dialing;
using Socks5Egress.Grants;
using Socks5Egress.Negotiation;
using Socks5Egress.Negotiation.Users;
using Socks5Egress.Policy;
using Socks5Egress.Relaying;
using Socks5Egress.Tests.Dialing.Resolving;
using Socks5Egress.Tests.Transport;

namespace Socks5Egress.Tests;

/// <summary>What sessions over memory legs are served by: public addresses only, no names, all deadlines by one clock.</summary>
internal static class MemoryStages
{
    public static Stages Of(MemoryTransport transport, LiveSessions sessions, TimeProvider time, UserVerifier? users = null, ClientRules? listener = null) => new()
    {
        Rules = new LiveRules(new Rulebook
        {
            Policies = new PolicySet(new EgressPolicy([], [], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None)),
            // An egress address, so that BIND need not ask the system which one a peer would see
            WayOut = new WayOut(FamilyPolicy.Auto, new SourceAddresses(IPAddress.Parse("192.0.2.77"), null)),
            Limits = new Limits(1, Pending: 2),
            Users = users,
            Listeners = [listener ?? new ClientRules(ServedProtocols.All, users, []) { Commands = ServedCommands.Connect | ServedCommands.Bind }],
        }),
        Resolver = ScriptedLookups.Resolver(new ScriptedLookups(), time),
        Dialer = new Dialer(transport, time),
        RelayClock = new RelayClock(TimeSpan.Zero, TimeSpan.FromSeconds(30)),
        HandshakeTimeout = TimeSpan.FromSeconds(10),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        Sessions = sessions,
        Meters = new Meters(new TestMeterFactory()),
        Time = time,
        Logger = NullLogger.Instance,
    };
}
