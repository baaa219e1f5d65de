using System.Buffers.Binary;
using NBomber.Contracts;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Closed model: downloads of 16 MiB, every byte compared.</summary>
internal static class Bulk
{
    private const int Copies = 8;
    private const long Size = 16 << 20;

    public static LoadScenario Of(Surroundings around)
    {
        var watch = new ScenarioWatch(around, around.During);
        LoadSimulation[] simulations = [Simulation.KeepConstant(copies: Copies, during: around.During)];
        var props = Scenario.Create("bulk", watch.Iteration(cancellation => DownloadAsync(around, cancellation)))
            .WithInit(watch.Init(static _ => Task.CompletedTask))
            .WithClean(watch.Clean(static _ => Task.CompletedTask))
            .WithWarmUpDuration(around.WarmUp)
            .WithLoadSimulations(simulations);
        return new LoadScenario(props, "Downloads of 16 MiB, each on a connection of its own", simulations, watch,
            new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(10)));
    }

    private static async Task<IResponse> DownloadAsync(Surroundings around, CancellationToken cancellation)
    {
        await using var stream = await around.Client.ConnectAsync(around.TargetHost, around.BulkPort, cancellation);
        var buffer = new byte[64 * 1024];
        BinaryPrimitives.WriteInt64BigEndian(buffer, Size);
        await stream.WriteAsync(buffer.AsMemory(0, sizeof(long)), cancellation);
        long at = 0;
        while (await stream.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            if (!Pattern.Matches(at, buffer.AsSpan(0, read))) return Response.Fail(statusCode: "wrong-bytes");
            at += read;
        }
        return at == Size ? Response.Ok(statusCode: "ok", sizeBytes: at) : Response.Fail(statusCode: "short");
    }
}
