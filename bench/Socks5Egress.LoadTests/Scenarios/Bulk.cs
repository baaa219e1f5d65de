using System.Buffers.Binary;
using Socks5Egress.LoadTests.Setup;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Closed model: downloads of 16 MiB, every byte compared.</summary>
internal static class Bulk
{
    private const int Copies = 8;
    private const long Size = 16 << 20;

    public static LoadScenario Of(Surroundings around) => new("bulk", "Downloads of 16 MiB, each on a connection of its own")
    {
        Run = cancellation => DownloadAsync(around, cancellation),
        WarmUp = TimeSpan.FromSeconds(1),
        Simulations = [new KeepConstant(Copies, around.During)],
        Limits = new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(10)),
    };

    private static async Task<LoadResponse> DownloadAsync(Surroundings around, CancellationToken cancellation)
    {
        await using var stream = await around.Client.ConnectAsync(around.TargetHost, around.BulkPort, cancellation);
        var buffer = new byte[64 * 1024];
        BinaryPrimitives.WriteInt64BigEndian(buffer, Size);
        await stream.WriteAsync(buffer.AsMemory(0, sizeof(long)), cancellation);
        long at = 0;
        while (await stream.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            if (!Pattern.Matches(at, buffer.AsSpan(0, read))) return LoadResponse.Fail("wrong-bytes");
            at += read;
        }
        return at == Size ? LoadResponse.Ok(sizeBytes: at) : LoadResponse.Fail("short");
    }
}
