using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Socks5Egress.Accounting;
using Socks5Egress.Admission;
using Socks5Egress.Dialing;
using Socks5Egress.Dialing.Resolving;
using Socks5Egress.Grants;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Hosting.Logging;
using Socks5Egress.Listening;
using Socks5Egress.Policy;
using Socks5Egress.Relaying;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;

namespace Socks5Egress.Hosting;

/// <summary>From settings to stages.</summary>
internal static class Composition
{
    /// <summary>The set of live sessions, and how often their deadlines are judged.</summary>
    public static LiveSessions Sessions(GatewaySettings settings, long descriptors, Supervisor supervisor)
    {
        var timeouts = settings.Timeouts;
        return new LiveSessions(
            DescriptorLimit.Sessions(descriptors),
            LiveSessions.TickFor([
                timeouts.Handshake, timeouts.Connect, timeouts.Idle, timeouts.HalfClose,
                .. settings.Forwards.Select(forward => forward.IdleTimeout ?? TimeSpan.Zero),
            ]),
            supervisor,
            MemoryGuard.OfProcess(settings.Limits.Memory, supervisor.Time));
    }

    /// <summary>What can be seen of it, as far as it is there before the listeners are.</summary>
    public static GatewayView View(
        GatewaySettings settings, LiveSessions sessions, Meters meters, Readiness readiness, long descriptors, IServiceProvider services) => new()
    {
        Sessions = sessions,
        Meters = meters,
        Readiness = readiness,
        DescriptorLimit = descriptors,
        DroppedLines = () => services.GetRequiredService<StandardErrorLoggerProvider>().Dropped,
        Users = settings.Users.Users.Names,
    };

    /// <summary>What makes rulebooks for these openings.</summary>
    public static Rulebooks Rulebooks(
        IReadOnlyList<Opening> openings, IPEndPoint? admin, LiveSessions sessions, Certificates certificates, TimeProvider time,
        Func<AddressFamily, bool>? isProven = null, IEnumerable<ForwardOpening>? forwards = null)
    {
        ForwardOpening[] open = [.. forwards ?? []];
        var own = openings.Select(opening => opening.Acceptor.LocalEndPoint).Concat(open.Select(forward => forward.Acceptor.LocalEndPoint));
        var local = new LocalEndpoints(admin is null ? own : own.Append(admin), LocalAddresses.Now());
        return new Rulebooks(local, sessions.Capacity, time, isProven, certificates)
        {
            Entrances = new Entrances(
                [.. openings.Select(opening => opening.Settings.EndPoint)], [.. open.Select(forward => (forward.Settings.Listen, forward.Forward))]),
        };
    }

    /// <summary>What every session is served by.</summary>
    public static Stages Stages(
        GatewaySettings settings, Rulebooks rulebooks, ITransport transport, Resolver resolver, LiveSessions sessions, Meters meters, ILogger logger, TimeProvider time)
    {
        return new Stages
        {
            Rules = new LiveRules(rulebooks.Of(settings, null)),
            Resolver = resolver,
            Dialer = new Dialer(transport, time),
            RelayClock = new RelayClock(settings.Timeouts.Idle, settings.Timeouts.HalfClose),
            HandshakeTimeout = settings.Timeouts.Handshake,
            ConnectTimeout = settings.Timeouts.Connect,
            Sessions = sessions,
            Meters = meters,
            Time = time,
            Logger = logger,
        };
    }

    /// <summary>How many sessions an address may have. Fly.io says by <c>FLY_APP_NAME</c> that a Machine has a ceiling.</summary>
    public static DestinationCeiling Ceiling(GatewaySettings settings, ILogger logger)
    {
        var most = settings.Limits.Destination ?? (Environment.GetEnvironmentVariable("FLY_APP_NAME") is null ? 0 : DestinationCeiling.DefaultOnFly);
        return new DestinationCeiling(most, (address, sessions) => Log.DestinationAlarm(logger, address, sessions, most));
    }

    /// <summary>A loop for each listener that begins sessions.</summary>
    public static IReadOnlyList<AcceptLoop> AcceptLoops(
        IReadOnlyList<Opening> openings, Stages stages, IEnumerable<ForwardOpening>? forwards = null)
    {
        var numbers = new SessionNumbers();
        return
        [
            .. openings.Select((opening, number) => Loop(opening.Acceptor, stages, number)),
            .. (forwards ?? []).Select((forward, at) => Loop(forward.Acceptor, forward.Stages(stages), openings.Count + at)),
        ];

        AcceptLoop Loop(IAcceptor acceptor, Stages serving, int number)
        {
            var name = acceptor.LocalEndPoint.ToString();
            return new AcceptLoop(acceptor, leg => Begin(serving, number, name, numbers, leg), serving.Logger, serving.Time);
        }
    }

    private static void Begin(Stages stages, int listener, string name, SessionNumbers numbers, ILeg leg)
    {
        var record = new SessionRecord(numbers.Next(), name, leg.RemoteEndPoint, stages.Time)
        {
            WantsLogin = stages.Rules.Now.ListenerOf(listener)?.Users is not null,
        };
        var session = new Session(stages, listener, record, leg);
        stages.Sessions.Add(session, stages.Rules.Now.Limits.Pending);
        stages.Supervisor.Run("session", session.RunAsync);
    }

    private sealed class SessionNumbers
    {
        private long _last;

        public long Next() => Interlocked.Increment(ref _last);
    }
}
