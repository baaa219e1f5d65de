using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Socks5Egress.Admin;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Explaining;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Logging;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Linux;
using Socks5Egress.Transport.Sockets;

namespace Socks5Egress.Hosting;

/// <summary>Opens everything or nothing, runs the hosted service until a signal, and closes in order.</summary>
internal static class GatewayHost
{
    private const int PoolThreads = 8;

    /// <summary>Runs it.</summary>
    /// <param name="configuration">What holds at the start, and how to read it again.</param>
    /// <param name="cancellation">Stops it, as a signal does.</param>
    /// <returns>The exit code: 0 stopped by a signal, 1 an address could not be had.</returns>
    public static async Task<int> RunAsync(ConfigurationSource configuration, CancellationToken cancellation)
    {
        var settings = configuration.First;
        var files = new WatchedFiles(configuration.Start);
        var time = TimeProvider.System;
        var descriptors = DescriptorLimit.Raise();
        GatewayService? service = null;
        using var host = BuildHost(settings, time, () => service!);
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Socks5Egress");
        // Nothing may block on the pool; what does so by mistake costs a thread of several, and not the admin address
        ThreadPool.SetMinThreads(Math.Max(PoolThreads, Environment.ProcessorCount), PoolThreads);
        var supervisor = Supervisor.OfProcess;
        supervisor.ReportTo((name, fault) => Log.BackgroundFault(logger, name, fault));
        var reserve = DescriptorReserve.OfProcess = OperatingSystem.IsLinux() ? new DescriptorReserve(descriptors) : DescriptorReserve.None;
        await using var transport = TransportFor(settings.Transport, reserve, logger, time);
        using var sessions = GatewayServices.Sessions(settings, descriptors, supervisor);
        using var trim = new HeapTrim(() => sessions.Count, HeapTrim.Collect, supervisor);
        var meters = new Meters(host.Services.GetRequiredService<IMeterFactory>());
        var readiness = new Readiness
        {
            Failing = () => supervisor.Failing,
            HasDescriptors = reserve.HasRoom,
            Turning = () => transport.IsTurning,
        };
        var view = GatewayServices.View(settings, sessions, meters, readiness, descriptors, host.Services);
        using var watching = TelemetryServices.Start(settings, view, host.Services.GetRequiredService<IMeterFactory>(), supervisor);
        readiness.Shortage = () => sessions.Admittance.Shortage(view.Limits);
        var hairpins = new Hairpins();
        await using var admin = new AdminServer(watching.Pages, AdminConnectionLimit(reserve), hairpins, host.Services.GetRequiredService<ILoggerFactory>());
        if (settings.Admin is not null && await admin.StartAsync(settings.Admin) is { } trouble) return await FailAsync(trouble);

        using var resolver = Resolvers.Of(settings.Dial, descriptors, supervisor);
        await using var identity = new IdentityGate(settings.Identity, resolver, SnapshotFactory.Sources(settings.Dial), logger, supervisor);
        readiness.Identity = view.Identity = () => identity.Current;
        if (!await identity.WaitAsync(admin.EndPoint?.ToString(), cancellation)) return 0;
        var openings = new List<BoundListener>();
        if (await BoundListeners.OpenAsync(transport, settings.Listeners, openings) is { } problem) return await FailAsync(problem);
        var certificates = new Certificates();
        var forwards = new List<BoundForward>();
        if (await BoundForward.OpenAsync(transport, settings.Forwards, openings.Count, forwards, logger) is { } fault) return await FailAsync(fault);

        await using var issuers = new TokenIssuers(
            new ProbeSocket(resolver, SnapshotFactory.Sources(settings.Dial)).DialAsync, supervisor, (issuer, fault) => Log.IssuerKeysFailed(logger, issuer, fault));
        var rulebooks = GatewayServices.Rulebooks(openings, admin.EndPoint, sessions, certificates, time, identity.Uses, forwards, issuers);
        var ceiling = GatewayServices.Ceiling(settings, logger);
        var stages = GatewayServices.Stages(settings, rulebooks, transport, resolver, ceiling, hairpins, meters, logger, time, supervisor);
        using var retiring = stages.Retiring!;
        await using var followed = new FollowedNames(retiring, resolver, supervisor);
        var commands = new CommandTable();
        (view.Rules, view.Retiring) = (() => stages.Rules.Now, retiring);
        await using var reload = new Reload(configuration, files, certificates, rulebooks, stages.Rules, logger, supervisor);
        readiness.IsReloadRefused = () => reload.IsRefused;
        ProcessSignals.OnHangUp(() => reload.Ask("signal"));
        using var ends = supervisor.Every("ends of tokens", TimeSpan.FromSeconds(1), () => stages.Rules.EndTokens(time.GetUtcNow().ToUnixTimeSeconds()));
        OwnAddresses.Follow(stages.Rules, supervisor, logger);
        if (watching.Pages is { } pages)
        {
            pages.Explain = (user, target) => PolicyExplainer.OfAsync(stages.Rules.Now, resolver, user, target, settings.Timeouts.Connect);
            pages.Actions = new AdminActions(() => reload.AskAsync("admin"), filter => Disconnecting.End(stages.Rules, sessions, filter), retiring.AskAsync);
        }
        using var manager = new SystemdNotifications(readiness, supervisor);
        var loops = GatewayServices.AcceptLoops(openings, stages, new SessionFactory(sessions, commands), forwards);
        readiness.Forwards = () => [.. forwards.Select(forward => forward.Forward.Snapshot())];
        await using var checks = new ForwardChecks(forwards, stages);
        (view.Ceiling, view.Loops) = (ceiling, loops);
        if (!settings.Log.Json) await Console.Error.WriteAsync(Banner.Text(openings[0].Settings, openings[0].Acceptor.LocalEndPoint));
        service = new GatewayService(loops, sessions, readiness, settings.Timeouts, commands, manager, logger, supervisor);
        await host.StartAsync(cancellation);
        reload.Start();
        foreach (var warning in settings.Warnings) Log.ConfigurationWarning(logger, warning);
        foreach (var forward in forwards)
        {
            Log.ForwardReady(
                logger, forward.Acceptor.LocalEndPoint.ToString(), [.. forward.Settings.Options.Targets.Select(target => target.ToString())]);
        }
        Log.Ready(logger, [.. openings.Select(open => open.Acceptor.LocalEndPoint.ToString())], admin.EndPoint?.ToString(), transport.Name, ProgramVersion.Text);
        manager.Ready();
        await host.WaitForShutdownAsync(cancellation);
        return 0;
    }

    private static IHost BuildHost(GatewaySettings settings, TimeProvider time, Func<GatewayService> service)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(settings.Log.Level);
        builder.Services.AddSingleton(_ => new StandardErrorLoggerProvider(settings.Log, time));
        builder.Services.AddSingleton<ILoggerProvider>(services => services.GetRequiredService<StandardErrorLoggerProvider>());
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddMetrics();
        builder.Services.Configure<HostOptions>(options =>
            options.ShutdownTimeout = settings.Timeouts.DrainDelay + settings.Timeouts.Drain + TimeSpan.FromSeconds(10));
        builder.Services.AddHostedService(_ => service());
        // Asked for while the host is built, before there is a service
        builder.Services.AddSingleton<IHostLifetime>(services =>
            new SignalLifetime(services.GetRequiredService<IHostApplicationLifetime>(), () => service().Drain(), () => service().CloseNow()));
        return builder.Build();
    }

    private static ITransport TransportFor(TransportKind kind, DescriptorReserve reserve, ILogger logger, TimeProvider time)
    {
        return kind switch
        {
            TransportKind.Auto or TransportKind.Epoll when OperatingSystem.IsLinux() =>
                new EpollTransport(new EpollOptions { Reserve = reserve }, time, fault => Log.LoopFault(logger, fault)),
            _ => new SocketsTransport(reserve, time),
        };
    }

    /// <summary>As many as the descriptors that are kept for them allow, the files of a reload aside.</summary>
    private static int AdminConnectionLimit(DescriptorReserve reserve) => Math.Clamp(reserve.OfAdministration - 16, 16, 64);

    private static async Task<int> FailAsync(string problem)
    {
        await Console.Error.WriteLineAsync("socks5egress: " + problem);
        return 1;
    }
}
