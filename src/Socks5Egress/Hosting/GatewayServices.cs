using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Socks5Egress.Admin;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Listening;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Logging;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;

namespace Socks5Egress.Hosting;

/// <summary>From settings to stages.</summary>
internal static class GatewayServices
{
    /// <summary>The set of live sessions, and how often their deadlines are judged.</summary>
    public static SessionTable Sessions(GatewaySettings settings, long descriptors, Supervisor supervisor)
    {
        var timeouts = settings.Timeouts;
        TimeSpan[] unhurried = [timeouts.Warm, timeouts.Idle, timeouts.HalfClose, .. settings.Forwards.Select(forward => forward.IdleTimeout ?? TimeSpan.Zero)];
        return new SessionTable(
            DescriptorLimit.Sessions(descriptors),
            SessionTable.TickFor([timeouts.Handshake, timeouts.Connect, .. unhurried]),
            supervisor,
            MemoryGuard.OfProcess(settings.Limits.Memory, supervisor.Time),
            SessionTable.UnhurriedTickFor(unhurried));
    }

    /// <summary>What can be seen of it, as far as it is there before the listeners are.</summary>
    public static GatewayStatus View(
        GatewaySettings settings, SessionTable sessions, Meters meters, Readiness readiness, long descriptors, IServiceProvider services) => new()
    {
        Sessions = sessions,
        Meters = meters,
        Readiness = readiness,
        DescriptorLimit = descriptors,
        DroppedLines = () => services.GetRequiredService<StandardErrorLoggerProvider>().Dropped,
        Users = settings.Users.Users.Names,
    };

    /// <summary>What makes rulebooks for these openings.</summary>
    public static SnapshotFactory Rulebooks(
        IReadOnlyList<BoundListener> openings, IPEndPoint? admin, SessionTable sessions, Certificates certificates, TimeProvider time,
        Func<AddressFamily, bool>? isProven = null, IEnumerable<BoundForward>? forwards = null, TokenIssuers? issuers = null)
    {
        BoundForward[] open = [.. forwards ?? []];
        var own = openings.Select(opening => opening.Acceptor.LocalEndPoint).Concat(open.Select(forward => forward.Acceptor.LocalEndPoint));
        var (addresses, networks) = LocalAddresses.Now();
        var local = new LocalEndpoints(admin is null ? own : own.Append(admin), addresses, networks);
        return new SnapshotFactory(local, sessions.Capacity, time, isProven, certificates)
        {
            Issuers = issuers,
            Entrances = new ListenerPolicies(
                [.. openings.Select(opening => opening.Settings.EndPoint)], [.. open.Select(forward => (forward.Settings.Listen, forward.Forward))]),
        };
    }

    /// <summary>What every session is served by.</summary>
    public static SessionServices Stages(
        GatewaySettings settings, SnapshotFactory rulebooks, ITransport transport, Resolver resolver, DestinationLimiter ceiling, Hairpins hairpins, Meters meters,
        ILogger logger, TimeProvider time, Supervisor? supervisor = null)
    {
        var rules = new CurrentSnapshot(rulebooks.Of(settings, null));
        return new SessionServices
        {
            Rules = rules,
            Retiring = supervisor is null ? null : new RetiringSessions(rules, supervisor),
            Hairpins = hairpins,
            Connector = new TargetConnector(rules, resolver, new Dialer(transport, time), time, hairpins, ceiling),
            RelayClock = new IdleTimeouts(settings.Timeouts.Idle, settings.Timeouts.HalfClose),
            HandshakeTimeout = settings.Timeouts.Handshake,
            WarmTimeout = settings.Timeouts.Warm,
            ConnectTimeout = settings.Timeouts.Connect,
            Meters = meters,
            Time = time,
            Logger = logger,
        };
    }

    /// <summary>How many sessions an address may have. Fly.io says by <c>FLY_APP_NAME</c> that a Machine has a ceiling.</summary>
    public static DestinationLimiter Ceiling(GatewaySettings settings, ILogger logger)
    {
        var most = settings.Limits.Destination ?? (Environment.GetEnvironmentVariable("FLY_APP_NAME") is null ? 0 : DestinationLimiter.DefaultOnFly);
        return new DestinationLimiter(most, (address, sessions) => Log.DestinationAlarm(logger, address, sessions, most));
    }

    /// <summary>A loop for each listener that begins sessions.</summary>
    public static IReadOnlyList<AcceptLoop> AcceptLoops(
        IReadOnlyList<BoundListener> openings, SessionServices stages, SessionFactory begin, IEnumerable<BoundForward>? forwards = null)
    {
        return
        [
            .. openings.Select((opening, number) => Loop(opening.Acceptor, stages, number, null)),
            .. (forwards ?? []).Select((forward, at) => Loop(forward.Acceptor, forward.Stages(stages), openings.Count + at, forward.Forward.Command)),
        ];

        AcceptLoop Loop(IAcceptor acceptor, SessionServices serving, int number, ICommand? handler)
        {
            var name = acceptor.LocalEndPoint.ToString();
            return new AcceptLoop(acceptor, leg => begin.Begin(serving, number, name, handler, leg), serving.Logger, serving.Time);
        }
    }
}
