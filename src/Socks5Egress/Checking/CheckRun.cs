using System.Net.Sockets;
using Socks5Egress.Checking.Hellos;
using Socks5Egress.Client;

namespace Socks5Egress.Checking;

/// <summary>Tries every way to every target: through each gateway, and directly. Ways go side by side, so a dead one costs its time once.</summary>
/// <param name="gateways">None: the direct way alone.</param>
/// <param name="passwordOf">The password of a target's user, or null.</param>
/// <param name="progress">Told what is being done.</param>
internal sealed class CheckRun(IReadOnlyList<Socks5Proxy> gateways, Func<CheckTarget, string?> passwordOf, Action<string> progress)
{
    /// <summary>Longer than the gateway's own 10 s for a connect: its answer says more than a time-out here.</summary>
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(12);

    private readonly TimeProvider _time = TimeProvider.System;

    public async Task<CheckedTarget> CheckAsync(CheckTarget target)
    {
        IEnumerable<Socks5Proxy?> ways = [.. gateways, null];
        return new CheckedTarget(target.Place.ToString(), target.Protocol, await Task.WhenAll(ways.Select(gateway => CheckAsync(target, gateway))));
    }

    private async Task<CheckedWay> CheckAsync(CheckTarget target, Socks5Proxy? gateway)
    {
        var title = $"{target.Place} {CheckedWay.Title(gateway?.Authority)}";
        var steps = new Steps(target, StepLimit, _time, step => progress($"{title}: {step}"));
        var socket = gateway is null ? await Ways.DirectAsync(steps, target) : await Ways.ThroughAsync(steps, target, gateway);
        if (socket is null) return CheckedWay.Of(gateway, steps);
        await using (var stream = new NetworkStream(socket, ownsSocket: true)) await GreetAsync(steps, target, stream);
        if (steps.Fault is null && target is { Protocol: CheckProtocol.Postgres, User: not null } && passwordOf(target) is { } password)
            await PostgresEgress.RunAsync(steps, target, password, gateway);
        return CheckedWay.Of(gateway, steps);
    }

    private async Task GreetAsync(Steps steps, CheckTarget target, Stream stream)
    {
        if (target.Protocol is CheckProtocol.Tls or CheckProtocol.Https or CheckProtocol.Rediss)
        {
            if (await new TlsHello(target).RunAsync(steps, stream) is not { } tls) return;
            stream = tls;
        }

        await (target.Protocol switch
        {
            CheckProtocol.Postgres => PostgresHello.RunAsync(steps, target, stream),
            CheckProtocol.MySql => MySqlHello.RunAsync(steps, target, stream),
            CheckProtocol.Redis or CheckProtocol.Rediss => RedisHello.RunAsync(steps, target, stream),
            CheckProtocol.Http or CheckProtocol.Https => HttpHello.RunAsync(steps, target, stream),
            CheckProtocol.Tls => Task.CompletedTask,
            _ => TcpHello.RunAsync(steps, stream, _time),
        });
    }
}
