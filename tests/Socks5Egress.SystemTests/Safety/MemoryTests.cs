using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>The bound that SECURITY.md states for a session.</summary>
public sealed class MemoryTests
{
    private const int Sessions = 1500;

    [Theory]
    [InlineData("sockets", 32)]
    [InlineData("epoll", 16)]
    public async Task An_idle_session_stays_within_its_bound(string transport, int mostKiB)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        // What the runtime takes once is no session's
        await OpenAsync(gateway, target, 300);
        var before = gateway.ResidentBytes;
        var clients = await OpenAsync(gateway, target, Sessions);
        var each = (gateway.ResidentBytes - before) / Sessions;
        Assert.True(each <= mostKiB * 1024, $"{each} bytes a session, at most {mostKiB} KiB are promised");
        foreach (var client in clients) client.Dispose();
    }

    private static async Task<RawConnection[]> OpenAsync(GatewayProcess gateway, RawTarget target, int count)
    {
        var clients = new RawConnection[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            clients[i] = await RawClient.OpenAsync(gateway, target.EndPoint);
            await clients[i].SendAsync("there and back"u8.ToArray());
            await clients[i].ReceiveAsync(14);
        });
        return clients;
    }
}
