using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Diagnostics.Probes;
using Socks5Egress.Gateway.Resolving;

namespace Socks5Egress.Diagnostics;

/// <summary>Tries every way to every target: through each gateway, and directly. Ways go side by side, so a dead one costs its time once.</summary>
/// <param name="gateways">None: the direct way alone.</param>
/// <param name="passwordOf">The password of a target's user, or null.</param>
/// <param name="look">Tells from where a way leaves; null: nobody asks.</param>
/// <param name="resolver">Looks targets up for the direct way.</param>
/// <param name="progress">Told what is being done.</param>
internal sealed class CheckRun(
    IReadOnlyList<Socks5Proxy> gateways, Func<CheckTarget, string?> passwordOf, EgressInspection? look, Resolver resolver, Action<string> progress)
{
    /// <summary>Longer than the gateway's own 10 s for a connect: its answer says more than a time-out here.</summary>
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(12);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Every way once, whatever the number of targets. With a gateway, from where this machine leaves is no matter.</summary>
    private readonly (Socks5Proxy? Gateway, Task<ObservedEgress[]>? Identity)[] _ways =
        [.. gateways.Select(gateway => ((Socks5Proxy?)gateway, look?.LookAsync(gateway))), (null, gateways.Count == 0 ? look?.LookAsync(null) : null)];

    public async Task<CheckedTarget> CheckAsync(CheckTarget target) =>
        new(target.Place.ToString(), target.Protocol, await Task.WhenAll(_ways.Select(async way =>
        {
            var found = await CheckAsync(target, way.Gateway);
            return way.Identity is null ? found : found with { Identity = await way.Identity };
        })));

    private async Task<PathResult> CheckAsync(CheckTarget target, Socks5Proxy? gateway)
    {
        var title = $"{target.Place} {PathResult.Title(gateway?.Authority)}";
        var steps = new Steps(target, StepLimit, _time, step => progress($"{title}: {step}"));
        var socket = gateway is null ? await Paths.DirectAsync(steps, target, resolver) : await Paths.ThroughAsync(steps, target, gateway);
        if (socket is null) return PathResult.Of(gateway, steps);
        await using (var stream = new NetworkStream(socket, ownsSocket: true)) await GreetAsync(steps, target, stream);
        if (steps.Fault is not null) return PathResult.Of(gateway, steps);
        var untested = Untested(target);
        if (untested is null) await PostgresEgress.RunAsync(steps, target, passwordOf(target)!, gateway);
        return PathResult.Of(gateway, steps) with { LoginUntested = untested is { Length: > 0 } ? untested : null };
    }

    /// <summary>What has to be said for a login; null when it can be tried, empty where there is none.</summary>
    private string? Untested(CheckTarget target) => target.Protocol switch
    {
        CheckProtocol.Postgres when target.User is null => "name the user: postgres://USER@HOST/DATABASE",
        CheckProtocol.Postgres when passwordOf(target) is null => "set PGPASSWORD, or check env:NAME of a URL with the password in it",
        CheckProtocol.Postgres => null,
        CheckProtocol.MySql or CheckProtocol.MongoDb or CheckProtocol.SqlServer => "only PostgreSQL's is",
        CheckProtocol.Redis or CheckProtocol.Rediss when target.Password is not null => "only PostgreSQL's is",
        _ => "",
    };

    private async Task GreetAsync(Steps steps, CheckTarget target, Stream stream)
    {
        if (target.Protocol is CheckProtocol.Tls or CheckProtocol.Https or CheckProtocol.Rediss || target is { Protocol: CheckProtocol.MongoDb, IsTls: true })
        {
            if (await new TlsHello(target).RunAsync(steps, stream) is not { } tls) return;
            stream = tls;
        }

        await (target.Protocol switch
        {
            CheckProtocol.Postgres => PostgresHello.RunAsync(steps, target, stream),
            CheckProtocol.MySql => MySqlHello.RunAsync(steps, target, stream),
            CheckProtocol.Redis or CheckProtocol.Rediss => RedisHello.RunAsync(steps, target, stream),
            CheckProtocol.MongoDb => MongoHello.RunAsync(steps, target, stream),
            CheckProtocol.SqlServer => SqlServerHello.RunAsync(steps, target, stream),
            CheckProtocol.Http or CheckProtocol.Https => HttpHello.RunAsync(steps, target, stream),
            CheckProtocol.Tls => Task.CompletedTask,
            _ => TcpHello.RunAsync(steps, stream, _time),
        });
    }
}
