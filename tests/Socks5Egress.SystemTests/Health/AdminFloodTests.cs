using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>Whoever reaches the admin address can open connections to it; probes get through all the same.</summary>
public sealed class AdminFloodTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_thousand_idle_connections_do_not_close_it_to_probes(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        var admin = new IPEndPoint(IPAddress.Loopback, gateway.Admin.Port);
        var before = gateway.Descriptors;
        var idle = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                idle.Add(await RawConnection.ConnectAsync(admin));
                // Some begin a request that they never finish
                if (i % 3 == 0) await idle[^1].SendAsync("GET /healthz HTTP/1.1\r\nHost: "u8.ToArray());
                if (i % 200 == 0) await AssertAnswersAsync();
            }
            await AssertAnswersAsync();
            await Deadline.UntilAsync(() => gateway.Descriptors < before + 100, () => $"{gateway.Descriptors} descriptors, {before} before");
        }
        finally
        {
            idle.ForEach(connection => connection.Dispose());
        }

        async Task AssertAnswersAsync()
        {
            foreach (var path in new[] { "/healthz", "/readyz" })
            {
                using var probe = await RawConnection.ConnectAsync(admin);
                await probe.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
                var (bytes, _) = await probe.ReceiveToEndAsync();
                Assert.StartsWith("HTTP/1.1 200", System.Text.Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_head_that_is_never_finished_is_closed_within_seconds()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto");
        using var slow = await RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway.Admin.Port));
        await slow.SendAsync("GET /healthz HTTP/1.1\r\n"u8.ToArray());
        // 408, then the end
        var (bytes, _) = await slow.ReceiveToEndAsync();
        Assert.StartsWith("HTTP/1.1 408", System.Text.Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
    }
}
